/** Whatever is asked about may vanish at any moment: that is an answer, never an error. */
import { test } from 'tap';
import { groupsOfProcess } from '../../../src/kernel/cgroup/layout.js';
import { everyPid } from '../../../src/kernel/proc/every-process.js';
import { hasSocket, listeningSockets, listensAlone } from '../../../src/kernel/proc/listening-sockets.js';
import { namespacesOf } from '../../../src/kernel/proc/namespace.js';
import { occupationOf } from '../../../src/kernel/proc/occupation.js';
import { listProc, readProcFile, readProcLink, readProcText } from '../../../src/kernel/proc/proc-file.js';
import {
  readIdentity,
  readProcessStatus,
  readUids,
  tracerOf,
} from '../../../src/kernel/proc/process-status.js';
import { processUsage } from '../../../src/kernel/proc/process-usage.js';
import { lookAtProgram } from '../../../src/kernel/proc/program-file.js';
import { sessionOf } from '../../../src/kernel/proc/procfs.js';
import { isThreadOf } from '../../../src/kernel/process/ptrace.js';
import { reapNow } from '../../../src/kernel/process/wait.js';
import { end, kernel, shell } from '../support.js';

const { proc, processes } = kernel;

/** Everything that foster asks of a process. */
const QUESTIONS: readonly ((pid: number) => unknown)[] = [
  (pid) => proc.stat(pid),
  (pid) => proc.session(pid),
  (pid) => proc.isAlive(pid),
  (pid) => proc.arguments(pid),
  (pid) => proc.executable(pid),
  (pid) => proc.environment(pid),
  (pid) => proc.children(pid),
  (pid) => proc.realtimeLimit(pid),
  (pid) => proc.isAboutToBeKilled(pid),
  (pid) => proc.uids(pid),
  (pid) => proc.occupation(pid, process.pid),
  (pid) => occupationOf(process.pid, pid),
  (pid) => listeningSockets(pid),
  (pid) => hasSocket(pid, ['1']),
  (pid) => listensAlone(pid, process.pid),
  (pid) => listensAlone(process.pid, pid),
  (pid) => namespacesOf(pid),
  (pid) => groupsOfProcess(pid),
  (pid) => readProcessStatus(pid),
  (pid) => readIdentity(pid),
  (pid) => readUids(pid),
  (pid) => tracerOf(pid),
  (pid) => processUsage(pid),
  (pid) => lookAtProgram(pid, ({ stats }) => stats.size),
  (pid) => sessionOf(pid),
  (pid) => isThreadOf(pid, pid),
  (pid) => readProcFile(`/proc/${pid}/mountinfo`),
  (pid) => readProcFile(`/proc/${pid}/net/unix`),
  (pid) => readProcLink(`/proc/${pid}/cwd`),
  (pid) => processes.pidfdInode(pid),
  (pid) => processes.openPidfd(pid)?.close(),
];

test('a process that has ended and waits to be reaped answers every question, and so does one that is gone', async (t) => {
  const pid = shell('true');
  await end(pid);
  for (const ask of QUESTIONS) t.doesNotThrow(() => ask(pid), String(ask));
  reapNow(pid);
  for (const ask of QUESTIONS) t.doesNotThrow(() => ask(pid), String(ask));
  t.equal(proc.stat(pid), undefined);
  t.end();
});

test('processes that end in the midst of the questions are no error', async (t) => {
  // each in network and mount namespaces of its own, where that is possible: these vanish with it
  const one = process.geteuid?.() === 0 ? 'unshare --net --mount true' : 'true';
  const storm = shell(`i=0; while [ $i -lt 400 ]; do (${one}) & i=$((i + 1)); done; wait`);
  let asked = 0;
  while (proc.isAlive(storm)) {
    for (const pid of everyPid()) {
      if (pid <= storm) continue;
      for (const ask of QUESTIONS) ask(pid);
      asked += 1;
    }
    for (const ask of QUESTIONS) ask(storm);
    await new Promise(setImmediate);
  }
  reapNow(storm);
  t.ok(asked > 0, `${asked} processes were asked`);
  t.end();
});

test('what is gone, what is refused and what there is are told apart', (t) => {
  t.equal(listProc('/proc/self/task/0'), undefined);
  t.equal(listProc('/proc/self/stat'), undefined, 'no directory');
  t.same(listProc('/proc/self/task')?.includes(String(process.pid)), true);
  t.equal(readProcText('/proc/self/nothing'), '');
  t.end();
});
