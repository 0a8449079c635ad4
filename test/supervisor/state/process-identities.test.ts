/** A record names a process by its pid, its start time and, where the kernel has them, its inode in pidfs. */
import { test } from 'tap';
import { FakeKernel } from '../../helpers/fake-kernel/fake-kernel.js';
import { createKernel } from '../../../src/kernel/linux.js';
import { processExists, ProcessIdentities } from '../../../src/supervisor/state/process-identities.js';

test('a process that has the pid and the start time of another is told from it by its inode', (t) => {
  const kernel = new FakeKernel();
  const pid = kernel.table.fork(kernel.ownPid);
  kernel.inodes.set(pid, '1001');
  const recorded = new ProcessIdentities(kernel).of(pid)!;
  t.equal(recorded.inode, '1001');
  t.ok(processExists(recorded, kernel));
  // within one tick of the clock, the number has been given to a stranger
  kernel.inodes.set(pid, '1002');
  t.notOk(processExists(recorded, kernel));
  t.end();
});

test('where there are no such inodes, pid and start time have to do', (t) => {
  const kernel = new FakeKernel();
  const pid = kernel.table.fork(kernel.ownPid);
  const recorded = new ProcessIdentities(kernel).of(pid)!;
  t.notOk('inode' in recorded);
  t.ok(processExists(recorded, kernel));
  t.notOk(processExists({ ...recorded, startTime: recorded.startTime + 1 }, kernel));
  t.end();
});

test('it is asked for once as long as it is the same process', (t) => {
  const kernel = new FakeKernel();
  const pid = kernel.table.fork(kernel.ownPid);
  let asked = 0;
  const processes = { pidfdInode: () => String(++asked) };
  const identities = new ProcessIdentities({ proc: kernel.proc, processes });
  t.equal(identities.of(pid), identities.of(pid));
  t.equal(asked, 1);
  t.equal(identities.of(4000), undefined);
  t.end();
});

test('this kernel has one inode a process, or none at all', (t) => {
  const { processes } = createKernel();
  const own = processes.pidfdInode(process.pid);
  t.equal(processes.pidfdInode(process.pid), own);
  if (own !== undefined) t.not(processes.pidfdInode(process.ppid), own);
  t.equal(processes.pidfdInode(2 ** 22), undefined, 'nobody has this number');
  t.end();
});
