import t from 'tap';
import { parseProcessUsage } from '../../../src/kernel/proc/process-usage.js';
import { compare, groupEvent, groupMessage } from '../../../src/supervisor/cgroup/group-changes.js';
import { usageOfJobs } from '../../../src/supervisor/cgroup/job-usage.js';
import { countsOf, usageOf, type ReadFile } from '../../../src/supervisor/cgroup/usage.js';
import { jobStatus, runningJob } from '../../control/fake-supervisor.js';
import { hierarchy } from '../../rules/support.js';

const reader =
  (files: Readonly<Record<string, string>>): ReadFile =>
  (file) =>
    files[file];

t.test('version 2', (t) => {
  const read = reader({
    'memory.current': '4096\n',
    'memory.peak': '8192\n',
    'memory.max': 'max\n',
    'cpu.stat': 'usage_usec 1500\nuser_usec 1000\nthrottled_usec 7\n',
    'pids.current': '3\n',
    'pids.max': '10\n',
    'io.stat': '8:0 rbytes=100 wbytes=200 rios=1 wios=1\n8:16 rbytes=1 wbytes=2 dbytes=9\n',
    'memory.events': 'low 0\nhigh 4\nmax 2\noom 1\noom_kill 1\n',
  });
  t.same(usageOf([[hierarchy(2), read]]), {
    memory: 4096,
    memoryPeak: 8192,
    memoryLimit: null,
    cpu: 1500,
    cpuThrottled: 7,
    tasks: 3,
    tasksLimit: 10,
    ioRead: 101,
    ioWritten: 202,
  });
  t.same(countsOf([[hierarchy(2), read]]), { oomKills: 1, memoryHigh: 4, memoryMax: 2 });
  t.end();
});

t.test('version 1, with a version 2 beside it that has no controllers', (t) => {
  const groups = [
    [
      hierarchy(1, 'memory'),
      reader({
        'memory.usage_in_bytes': '4096',
        'memory.limit_in_bytes': '9223372036854771712',
        'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
        'memory.failcnt': '5',
      }),
    ],
    [hierarchy(1, 'cpuacct'), reader({ 'cpuacct.usage': '1500600' })],
    [
      hierarchy(1, 'blkio'),
      reader({ 'blkio.throttle.io_service_bytes': '8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n' }),
    ],
    [hierarchy(2), reader({ 'cpu.stat': 'usage_usec 9\n' })],
  ] as const;
  t.same(usageOf(groups), { memory: 4096, memoryLimit: null, cpu: 1501, ioRead: 10, ioWritten: 20 });
  t.same(countsOf(groups), { oomKills: 2, memoryMax: 5 });
  t.end();
});

t.test('what has happened since the last look', (t) => {
  const before = { counts: { oomKills: 1, memoryHigh: 3 }, populated: true };
  t.same(compare(before, before), []);
  t.same(compare(before, { counts: { oomKills: 3, memoryHigh: 4 }, populated: false }), [
    { kind: 'oom-kill', count: 2 },
    { kind: 'memory-high', count: 1 },
    { kind: 'empty' },
  ]);
  t.same(compare({ ...before, populated: false }, { ...before, populated: false }), [], 'empty once');
  t.end();
});

t.test('a change is an event that can start a job, and a line of the log where it is news', (t) => {
  const job = { name: 'web', instance: 'a' };
  t.same(groupEvent(job, { kind: 'oom-kill', count: 2 }), {
    event: 'cgroup-event',
    env: ['TYPE=oom-kill', 'JOB=web', 'INSTANCE=a', 'COUNT=2'],
  });
  t.same(groupEvent(job, { kind: 'empty' }).env, ['TYPE=empty', 'JOB=web', 'INSTANCE=a']);
  t.equal(
    groupMessage(job, { kind: 'oom-kill', count: 1 }),
    'web (a): the kernel killed a process because its cgroup reached its memory limit',
  );
  t.match(groupMessage(job, { kind: 'memory-high', count: 1 }), /memory\.high/);
  t.equal(groupMessage(job, { kind: 'empty' }), undefined);
  t.end();
});

t.test('a job without a group uses what its processes use', async (t) => {
  const process = { memory: 1024, cpu: 10, threads: 2 };
  const jobs = [runningJob('web', 5, { members: [6, 7] }), jobStatus('off')];
  const usage = await usageOfJobs(
    jobs,
    (pid) => (pid === 7 ? undefined : process),
    () => Promise.resolve(),
  );
  t.match(usage, [{ name: 'web', source: 'processes', memory: 2048, cpu: 20, tasks: 4, ioRead: null }]);
  t.equal(usage.length, 1, 'what does not run uses nothing');
});

t.test('processor time and memory of a process', (t) => {
  const stat = '7 (a b) c) S 1 7 7 0 -1 4194304 100 0 0 0 12 30 0 0 20 0 1 0 99 1000 10';
  t.same(parseProcessUsage(stat, 'Name:\ta\nVmRSS:\t   8 kB\nThreads:\t3\n'), {
    memory: 8192,
    cpu: 420_000,
    threads: 3,
  });
  t.end();
});

t.test('many processes are looked at in portions, between which everything else goes on', async (t) => {
  const process = { memory: 1, cpu: 1, threads: 1 };
  const jobs = Array.from({ length: 500 }, (_, index) =>
    runningJob(`job-${index}`, index + 1, { members: [1000, 1001, 1002] }),
  );
  let [pauses, read, most] = [0, 0, 0];
  const usage = await usageOfJobs(
    jobs,
    () => {
      most = Math.max(most, ++read);
      return process;
    },
    () => {
      pauses += 1;
      read = 0;
      return Promise.resolve();
    },
  );
  t.equal(usage.length, 500);
  t.ok(pauses >= 15, `${pauses} pauses`);
  t.ok(most <= 110, `${most} processes in one portion`);
});

t.test('one job of thousands of processes is looked at in portions, too', async (t) => {
  const members = Array.from({ length: 6000 }, (_, index) => 100 + index);
  let [read, most] = [0, 0];
  const [usage] = await usageOfJobs(
    [runningJob('web', 5, { members })],
    () => {
      most = Math.max(most, ++read);
      return { memory: 1, cpu: 1, threads: 1 };
    },
    () => {
      read = 0;
      return Promise.resolve();
    },
  );
  t.equal(usage?.memory, 6001);
  t.ok(most <= 110, `${most} processes in one portion`);
});
