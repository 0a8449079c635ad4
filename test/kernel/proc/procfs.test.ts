import { copyFileSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'tap';

import { parseStat, ProcFilesystem } from '../../../src/kernel/proc/procfs.js';
import { reapNow } from '../../../src/kernel/process/wait.js';
import { Barrier, end, kernel, Lines, shell, start, temporaryDirectory } from '../support.js';

const { proc, processes } = kernel;
const { SIGKILL } = constants.signals;

function endNow(pid: number): void {
  processes.kill(pid, SIGKILL);
  reapNow(pid);
}

/** Fields 4 to 24 with their own numbers for values, but a terminal of -1 as kernel threads have. */
const FIELDS = '4 5 6 -1 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24';

for (const comm of ['nginx', ') S 1 (x', 'a b', '(sd-pam)', 'ü', '', 'x\ny']) {
  test(`the fields of a process called ${JSON.stringify(comm)} are found`, (t) => {
    t.match(parseStat(Buffer.from(`812 (${comm}) S ${FIELDS}\n`)), {
      pid: 812,
      comm,
      state: 'S',
      parent: 4,
      group: 5,
      session: 6,
      terminal: -1,
      threads: 20,
      startTime: 22,
    });
    t.end();
  });
}

test('what is not such a file has no fields', (t) => {
  for (const text of ['', 'x', '812 nginx S 1', '812 (nginx) S 1 2 3', ')(']) {
    t.equal(parseStat(Buffer.from(text)), undefined, JSON.stringify(text));
  }
  t.end();
});

test('any bytes are parsed without an exception', (t) => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      parseStat(Buffer.from(bytes));
    }),
  );
  t.pass('for all');
  t.end();
});

test('our own process is as node:process says', (t) => {
  const stat = proc.stat(process.pid);
  t.match(stat, { pid: process.pid, parent: process.ppid, state: 'R' });
  t.ok((stat?.threads ?? 0) > 1);
  t.strictSame(proc.executable(process.pid), process.execPath);
  t.ok(proc.pids().includes(process.pid));
  t.end();
});

test('of a process that does not exist nothing is known', (t) => {
  const pid = shell('exit 0');
  reapNow(pid);
  t.equal(proc.stat(pid), undefined);
  t.equal(proc.isAlive(pid), false);
  t.equal(proc.arguments(pid), undefined);
  t.equal(proc.executable(pid), undefined);
  t.equal(proc.environment(pid), undefined);
  t.strictSame(proc.children(pid), []);
  t.end();
});

test('a zombie is not alive, and has neither arguments nor environment', async (t) => {
  const pid = shell('exit 0');
  await end(pid);
  t.equal(proc.stat(pid)?.state, 'Z');
  t.equal(proc.isAlive(pid), false);
  t.equal(proc.arguments(pid), undefined);
  t.equal(proc.environment(pid), undefined);
  reapNow(pid);
});

test('a process with another start time is not the same', (t) => {
  const pid = start('/bin/sleep', ['sleep', '1000']);
  t.teardown(() => endNow(pid));
  const startTime = proc.stat(pid)?.startTime ?? 0;
  t.equal(proc.isAlive(pid, startTime), true);
  t.equal(proc.isAlive(pid, startTime + 1), false);
  t.end();
});

test('the environment is read, values with = included, however long', async (t) => {
  const lines = new Lines(t);
  const long = 'x'.repeat(100_000);
  const pid = shell(`echo >&3; read line <${new Barrier(t).path}`, {
    env: ['A=1=2', `LONG=${long}`, 'EMPTY='],
    descriptors: [lines.writer],
  });
  t.teardown(() => endNow(pid));
  await lines.next();
  const environment = proc.environment(pid);
  t.equal(environment?.get('A'), '1=2');
  t.equal(environment?.get('LONG'), long);
  t.equal(environment?.get('EMPTY'), '');
});

test('the program of a file that was removed keeps its path', async (t) => {
  const lines = new Lines(t);
  const path = join(temporaryDirectory(t), 'shell');
  copyFileSync('/bin/sh', path);
  const pid = start(path, ['sh', '-c', `echo >&3; read line <${new Barrier(t).path}`], {
    descriptors: [lines.writer],
  });
  t.teardown(() => endNow(pid));
  await lines.next();
  unlinkSync(path);
  t.equal(proc.executable(pid), path);
});

test('children are listed', async (t) => {
  const lines = new Lines(t);
  const pid = shell('sleep 1000 & echo $! >&3; sleep 1000 & echo $! >&3; wait', {
    descriptors: [lines.writer],
  });
  const children = [Number(await lines.next()), Number(await lines.next())];
  t.teardown(() => {
    processes.killGroup(pid, SIGKILL);
    reapNow(pid);
  });
  t.strictSame(proc.children(pid), children);
});

test('a session is told without /proc, and undefined for who is gone', (t) => {
  const proc = new ProcFilesystem();
  t.equal(proc.session(process.pid), proc.stat(process.pid)?.session);
  // the largest number that a pid can have (proc(5), pid_max)
  t.equal(proc.session(2 ** 22), undefined);
  t.end();
});
