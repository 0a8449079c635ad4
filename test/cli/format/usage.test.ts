import t from 'tap';
import { bytes, processorTime, shareOf, usageLine, usageTable } from '../../../src/cli/format/usage.js';
import type { JobUsage } from '../../../src/supervisor/api/usage.js';

function usage(name: string, fields: Partial<JobUsage> = {}): JobUsage {
  return {
    name,
    instance: '',
    source: 'cgroup',
    cpu: 0,
    memory: 0,
    memoryLimit: null,
    tasks: 1,
    ioRead: null,
    ioWritten: null,
    frozen: false,
    ...fields,
  };
}

t.test('amounts have three digits at most', (t) => {
  t.same([0, 999, 1024, 1536, 10 * 1024, 1000 * 1024, 5 * 2 ** 30].map(bytes), [
    '0B',
    '999B',
    '1.0K',
    '1.5K',
    '10K',
    '1.0M',
    '5.0G',
  ]);
  t.same([0, 1_234_000, 42_000_000, 125_000_000].map(processorTime), [
    '0.00 s',
    '1.23 s',
    '42 s',
    '2 min 5 s',
  ]);
  t.end();
});

t.test('the share of a processor is that between two looks', (t) => {
  const [before, now] = [
    { jobs: [usage('a', { cpu: 0 }), usage('b', { cpu: 9e6 })], at: 1000 },
    { jobs: [usage('a', { cpu: 1e6 }), usage('b', { cpu: 1e6 }), usage('c')], at: 3000 },
  ];
  t.same(
    now.jobs.map((job) => shareOf(job, now, before)),
    [50, 0, undefined],
    'a job that was started anew counts from nothing, a new one not yet',
  );
  t.equal(shareOf(now.jobs[0]!, now, undefined), undefined);
  t.end();
});

t.test('the table has the busiest job first, and a dash for what nobody knows', (t) => {
  const before = { jobs: [usage('idle'), usage('busy')], at: 0 };
  const jobs = [
    usage('idle', { memory: 2048 }),
    usage('busy', { cpu: 500_000, memory: 36 * 2 ** 20, memoryLimit: 100 * 2 ** 20, frozen: true }),
    usage('new', { instance: 'x', ioRead: 0, ioWritten: 4096 }),
  ];
  t.same(usageTable({ jobs, at: 1000 }, before, undefined), [
    'JOB            CPU%     CPU  MEMORY  LIMIT  TASKS  READ  WRITTEN',
    'busy [frozen]  50.0  0.50 s     36M   100M      1     -        -',
    'idle            0.0  0.00 s    2.0K      -      1     -        -',
    'new (x)           -  0.00 s      0B      -      1    0B     4.0K',
  ]);
  t.same(
    usageTable({ jobs, at: 1000 }, before, 40),
    [
      'JOB            CPU%     CPU  MEMORY',
      'busy [frozen]  50.0  0.50 s     36M',
      'idle            0.0  0.00 s    2.0K',
      'new (x)           -  0.00 s      0B',
    ],
    'as wide as the terminal: what matters least is left out',
  );
  t.end();
});

t.test('one line in status, of what the kernel counts', (t) => {
  const status = { paths: [], frozen: true, counts: {}, problems: [] };
  const counted = {
    memory: 1024,
    memoryLimit: 2048,
    cpu: 1e6,
    cpuThrottled: 2e6,
    tasks: 3,
    tasksLimit: null,
  };
  t.equal(
    usageLine({ ...status, usage: counted }),
    'frozen, memory 1.0K of 2.0K, cpu 1.00 s, withheld 2.00 s, tasks 3',
  );
  t.equal(usageLine({ ...status, frozen: false, usage: {} }), undefined);
  t.end();
});
