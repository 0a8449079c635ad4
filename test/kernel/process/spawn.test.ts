import { closeSync, openSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';

import { keepInheritedDescriptorsFromChildren } from '../../../src/kernel/process/close-on-exec.js';
import { readProcessStatus } from '../../../src/kernel/proc/process-status.js';
import { reapNow } from '../../../src/kernel/process/wait.js';
import {
  kernel,
  Lines,
  openDescriptors,
  output,
  result,
  shell,
  start,
  temporaryDirectory,
} from '../support.js';

const { SIGKILL } = constants.signals;

// whoever started this test may have left descriptors open
keepInheritedDescriptorsFromChildren();

function endNow(pid: number): void {
  kernel.processes.kill(pid, SIGKILL);
  reapNow(pid);
}

function endGroupNow(leader: number): void {
  kernel.processes.killGroup(leader, SIGKILL);
  reapNow(leader);
}

test('a program starts with its arguments and its environment', async (t) => {
  t.equal(await output(t, 'echo "$0 $X $HOME"', { env: ['X=a b'] }), 'sh a b \n');
});

test('arguments may be empty, and of any script', async (t) => {
  const lines = new Lines(t);
  const argv = ['sh', '-c', 'echo >&3; sleep 1000; true', '', 'ü'];
  const pid = start('/bin/sh', argv, { descriptors: [lines.writer] });
  await lines.next();
  t.strictSame(kernel.proc.arguments(pid), argv);
  endGroupNow(pid);
});

test('a descriptor above a limit that was lowered since is a lack of descriptors', (t) => {
  const [, soft, hard] =
    /^Max open files +(\d+) +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const limit = (to: number): void =>
    kernel.processes.setLimit(process.pid, { resource: 'nofile', soft: to, hard: Number(hard) });
  const fd = openSync('/dev/null', 'r');
  t.teardown(() => closeSync(fd));
  limit(fd);
  try {
    t.throws(() => start('/bin/true', ['true'], { descriptors: [{ target: 1, source: fd }] }), {
      code: 'EMFILE',
    });
  } finally {
    limit(Number(soft));
  }
  t.end();
});

test('a NUL byte in an argument is refused', (t) => {
  t.throws(() => start('/bin/true', ['a\0b']), TypeError);
  t.end();
});

test('a session of its own is made when it is asked for, and only then', (t) => {
  const own = kernel.proc.stat(process.pid)?.session;
  for (const newSession of [true, false]) {
    const pid = start('/bin/sleep', ['sleep', '1000'], { newSession });
    t.equal(kernel.proc.stat(pid)?.session, newSession ? pid : own);
    endNow(pid);
  }
  t.end();
});

test('the working directory is set', async (t) => {
  const directory = temporaryDirectory(t);
  t.equal(await output(t, 'pwd -P', { directory }), `${realpathSync(directory)}\n`);
});

test('a child has 0, 1, 2 and what it was given, and no other descriptor of ours', async (t) => {
  const ours = openSync('/dev/null', 'r');
  const lines = new Lines(t);
  const given = { target: 7, source: { path: '/dev/zero', flags: 0 } };
  const pid = shell('exec >&3; echo; exec sleep 1000', { descriptors: [lines.writer, given] });
  await lines.next();
  t.strictSame(openDescriptors(pid), [0, 1, 2, 3, 7]);
  closeSync(ours);
  endNow(pid);
});

test('a descriptor that keeps its number reaches the child, and two can be exchanged', async (t) => {
  const directory = temporaryDirectory(t);
  const paths = ['a', 'b'].map((name) => join(directory, name));
  const fds = paths.map((path) => openSync(path, 'w+'));
  const [a, b] = fds as [number, number];
  await result(shell(`echo kept >>/proc/$$/fd/${a}`, { descriptors: [{ target: a, source: a }] }));
  await result(
    shell(`echo first >>/proc/$$/fd/${a}; echo second >>/proc/$$/fd/${b}`, {
      descriptors: [
        { target: a, source: b },
        { target: b, source: a },
      ],
    }),
  );
  fds.forEach((fd) => closeSync(fd));
  t.strictSame(
    paths.map((path) => readFileSync(path, 'utf8')),
    ['kept\nsecond\n', 'first\n'],
  );
});

test('every signal has its default action in a child and none is blocked', (t) => {
  // the test's own process ignores SIGPIPE, as every Node process does
  t.ok(readProcessStatus('self')?.ignoredSignals.has(constants.signals.SIGPIPE));
  const pid = start('/bin/sleep', ['sleep', '1000']);
  t.teardown(() => endNow(pid));
  const status = readProcessStatus(pid);
  t.equal(status?.ignoredSignals.size, 0);
  t.equal(status?.blockedSignals.size, 0);
  t.end();
});

test('a program that is not there is named', (t) => {
  t.throws(() => start('/nonexistent/daemon', ['daemon']), {
    name: 'SystemError',
    code: 'ENOENT',
    syscall: 'posix_spawn',
    message: /^start \/nonexistent\/daemon: /,
  });
  t.end();
});

test('a directory that is not there is named, not the program', (t) => {
  t.throws(() => start('/bin/true', ['true'], { directory: '/nonexistent' }), {
    code: 'ENOENT',
    message: /^start \/bin\/true in directory \/nonexistent: /,
  });
  t.end();
});

test('a script whose interpreter is missing is told from a missing script', (t) => {
  const path = join(temporaryDirectory(t), 'script');
  writeFileSync(path, '#!/nonexistent/interpreter\n', { mode: 0o755 });
  t.throws(() => start(path, [path]), { code: 'ENOENT', message: /interpreter or loader is missing/ });
  t.end();
});

test('a file that may not be executed is refused with EACCES', (t) => {
  const path = join(temporaryDirectory(t), 'data');
  writeFileSync(path, 'data', { mode: 0o600 });
  t.throws(() => start(path, [path]), { code: 'EACCES' });
  t.end();
});

test('a thousand starts leak no descriptor and leave no process', (t) => {
  const program = kernel.processes.prepare({
    path: '/bin/true',
    argv: ['true'],
    env: ['PATH=/bin'],
    newSession: true,
    descriptors: [],
  });
  const before = openDescriptors('self');
  let failed = 0;
  for (let i = 0; i < 1000; i++) if (reapNow(program.spawn()) !== 0) failed++;
  t.equal(failed, 0);
  program.release();
  t.strictSame(openDescriptors('self'), before);
  t.strictSame(kernel.proc.children(process.pid), []);
  t.end();
});

test('a released program does not start, and may be released twice', (t) => {
  const program = kernel.processes.prepare({
    path: '/bin/true',
    argv: ['true'],
    env: [],
    newSession: true,
    descriptors: [],
  });
  program.release();
  program.release();
  t.throws(() => program.spawn(), /has been released/);
  t.end();
});
