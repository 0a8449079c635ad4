/** Faults that take something away for a while: descriptors, processes, space, the right to write. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** The kernel reserves the pids below 300 once it has gone round; this many more there are. */
const LEAST_PIDS = 310;

export const shortOf = {
  /** As many descriptors as foster has open, and two more. */
  async descriptors({ supervisor }, milliseconds) {
    const before = /^Max open files +(\d+) +(\d+)/m.exec(readFileSync(`/proc/${supervisor}/limits`, 'utf8'));
    if (before === null) return;
    const [, soft, hard] = before;
    const open = readdirSync(`/proc/${supervisor}/fd`).length;
    const limit = (to) => spawnSync('prlimit', ['--pid', String(supervisor), `--nofile=${to}:${hard}`]);
    limit(open + 2);
    await pause(milliseconds);
    limit(soft);
  },

  /** Of this pid namespace, and so of all below it: fork(2) fails for everybody, and numbers recur. */
  async processes(_, milliseconds) {
    const file = '/proc/sys/kernel/pid_max';
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, String(LEAST_PIDS));
    await pause(milliseconds);
    writeFileSync(file, before);
  },

  async space(world, name, milliseconds) {
    const file = world.place(`${name}/ballast`);
    spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=64k']);
    await pause(milliseconds);
    rmSync(file, { force: true });
  },

  async writing(world, name, milliseconds) {
    const remount = (how) => spawnSync('mount', ['-o', `remount,${how}`, world.place(name)]);
    remount('ro');
    await pause(milliseconds);
    remount('rw');
  },
};
