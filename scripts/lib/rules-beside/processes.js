/** Processes of many users and programs, the same in every run, and where they are. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bin, CONTROLLERS, FIRST_GID, FIRST_UID, PROGRAMS, SCOPE, USERS } from './rules.js';

/** What `placeOf` says of a process that is in none of our groups. */
export const NOWHERE = '- - -';

/** The same choice in every run. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

export function workload(count, seed) {
  const next = random(seed);
  const programs = [...PROGRAMS, 'rb-script'];
  return Array.from({ length: count }, () => {
    const user = next(USERS);
    // some run with a group that is not their own
    const gid = next(8) === 0 ? FIRST_GID + next(2) : FIRST_UID + user;
    return { uid: FIRST_UID + user, gid, program: programs[next(programs.length)] };
  });
}

const alive = new Set();
// whatever becomes of the comparison
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export function start({ uid, gid, program }) {
  const stdio = program === 'rb-script' ? ['pipe', 'ignore', 'ignore'] : 'ignore';
  const child = spawn(join(bin, program), ['1000'], { uid, gid, stdio });
  alive.add(child);
  child.once('close', () => alive.delete(child));
  return child.pid;
}

export async function endAll() {
  for (const child of alive) child.kill('SIGKILL');
  while (alive.size > 0) await pause(20);
}

/** Where a process is below our groups, by controller; its own pid is written P. */
export function placeOf(pid) {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  return CONTROLLERS.map((controller) => {
    const path =
      lines
        .find(([, names]) => names?.split(',').includes(controller))
        ?.slice(2)
        .join(':') ?? '?';
    return path.startsWith(`/${SCOPE}/`) ? path.slice(SCOPE.length + 2).replaceAll(String(pid), 'P') : '-';
  }).join(' ');
}

export async function settled(pids) {
  let before = '';
  for (;;) {
    await pause(700);
    const now = pids.map(placeOf).join('\n');
    if (now === before) return now.split('\n');
    before = now;
  }
}
