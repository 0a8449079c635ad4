import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, connect, type Socket } from 'node:net';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';

import {
  keepInheritedDescriptorsFromChildren,
  setCloseOnExec,
} from '../../src/kernel/process/close-on-exec.js';
import { reapNow } from '../../src/kernel/process/wait.js';
import { kernel, start, temporaryDirectory } from './support.js';

const { processes } = kernel;
const { SIGKILL } = constants.signals;

test('a process is signalled, and one that is gone is not', (t) => {
  const pid = start('/bin/sleep', ['sleep', '1000']);
  t.equal(processes.kill(pid, 0), true);
  t.equal(processes.killGroup(pid, SIGKILL), true, 'its group');
  t.equal(reapNow(pid), SIGKILL);
  t.equal(processes.kill(pid, SIGKILL), false);
  t.equal(processes.killGroup(pid, SIGKILL), false);
  t.end();
});

test('what means many processes, PID 1 or this process is refused', (t) => {
  for (const pid of [0, 1, -1, -4711, 1.5, NaN, process.pid])
    t.throws(() => processes.kill(pid, 0), RangeError, `kill ${pid}`);
  const own = kernel.proc.stat(process.pid)?.group;
  for (const group of [0, 1, -1, -4711, 1.5, NaN, own ?? NaN])
    t.throws(() => processes.killGroup(group, 0), RangeError, `group ${group}`);
  t.end();
});

test('limits, priority and OOM score of another process are set from outside', (t) => {
  const pid = start('/bin/sleep', ['sleep', '1000']);
  t.teardown(() => {
    processes.kill(pid, SIGKILL);
    reapNow(pid);
  });
  processes.setLimit(pid, { resource: 'nofile', soft: 100, hard: 200 });
  processes.setLimit(pid, { resource: 'core', soft: 0, hard: 'unlimited' });
  processes.setPriority(pid, 7);
  processes.setOomScore(pid, 500);
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
  t.match(limits, /Max open files +100 +200 /);
  t.match(limits, /Max core file size +0 +unlimited /);
  t.equal(getPriority(pid), 7);
  t.equal(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'), '500\n');
  t.end();
});

test('what cannot be set is said with the process and the value', (t) => {
  const pid = start('/bin/true', ['true']);
  reapNow(pid);
  const gone = { name: 'SystemError', message: new RegExp(`of process ${pid}`) };
  t.throws(() => processes.setLimit(pid, { resource: 'nofile', soft: 1, hard: 1 }), {
    ...gone,
    code: 'ESRCH',
  });
  t.throws(() => processes.setPriority(pid, 7), { ...gone, code: 'ESRCH' });
  t.throws(() => processes.setOomScore(pid, 7), { ...gone, code: 'ENOENT' });
  t.throws(
    () => processes.setLimit(process.pid, { resource: 'files', soft: 1, hard: 1 }),
    /expected one of cpu/,
  );
  t.end();
});

test('who is at the other end of a Unix socket is known', async (t) => {
  const path = join(temporaryDirectory(t), 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect(path);
  const socket = await accepted;
  t.teardown(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  const { fd } = (socket as Socket & { readonly _handle: { readonly fd: number } })._handle;
  t.strictSame(kernel.peerCredentials(fd), {
    pid: process.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
  });
  t.throws(() => kernel.peerCredentials(9999), { code: 'EBADF' });
});

test('close-on-exec is set and cleared, and set for everything inherited', (t) => {
  const fd = openSync('/dev/null', 'r');
  t.teardown(() => closeSync(fd));
  const isCloseOnExec = (): boolean => {
    const flags = /^flags:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
    return (Number.parseInt(flags, 8) & 0o2000000) !== 0;
  };
  setCloseOnExec(fd, false);
  t.equal(isCloseOnExec(), false);
  keepInheritedDescriptorsFromChildren();
  t.equal(isCloseOnExec(), true);
  t.throws(() => setCloseOnExec(9999, true), { code: 'EBADF' });
  t.end();
});

test('the clock is the monotonic one', (t) => {
  const [before, between, after] = [process.hrtime.bigint(), kernel.now(), process.hrtime.bigint()];
  t.ok(Number(before) <= between && between <= Number(after));
  t.end();
});
