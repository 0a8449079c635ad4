import t from 'tap';
import { openMetrics } from '../../../src/control/routes/open-metrics.js';
import { jobStatus, runningJob } from '../fake-supervisor.js';

const usage = (name: string) => ({
  name,
  instance: '',
  source: 'processes' as const,
  cpu: 1_500_000,
  memory: 4096,
  memoryLimit: null,
  tasks: 2,
  ioRead: null,
  ioWritten: null,
  frozen: false,
});
const TEXT = openMetrics({
  jobs: [
    runningJob('sshd', 12, { respawns: 3 }),
    jobStatus('odd', { instance: 'a"b\\c\nd', failure: 'main process (6) terminated with status 1' }),
  ],
  usage: [usage('sshd')],
  report: {
    version: '0.1.0',
    tracker: 'connector',
    since: '2026-01-02T03:04:05.000Z',
    counts: { events: 5, overflows: 0, resyncs: 1 },
  },
  measures: {
    runs: [
      {
        job: 'sshd',
        starts: 4,
        exits: [
          { status: '255', count: 2 },
          { status: 'SEGV', count: 1 },
        ],
      },
    ],
    restartTimes: {
      buckets: [
        { upTo: 0.01, count: 2 },
        { upTo: 1, count: 3 },
      ],
      sum: 0.25,
      count: 4,
    },
    timerLateness: { buckets: [], sum: 0, count: 0 },
  },
  own: { cpu: 0.25, memory: 1e8, loop: { active: 1, idle: 99 } },
});

t.test('each job, each state, and foster itself', (t) => {
  for (const line of [
    'foster_info{version="0.1.0",tracker="connector"} 1',
    'foster_jobs{state="running"} 1',
    'foster_jobs{state="waiting"} 1',
    'foster_job_running{job="sshd",instance=""} 1',
    'foster_job_failed{job="odd",instance="a\\"b\\\\c\\nd"} 1',
    'foster_job_respawns_total{job="sshd",instance=""} 3',
    'foster_job_starts_total{job="sshd"} 4',
    'foster_job_exits_total{job="sshd",status="255"} 2',
    'foster_restart_seconds_bucket{le="0.01"} 2',
    'foster_restart_seconds_bucket{le="1.0"} 3',
    'foster_restart_seconds_bucket{le="+Inf"} 4',
    'foster_restart_seconds_sum 0.25',
    'foster_job_cpu_seconds_total{job="sshd",instance=""} 1.5',
    'foster_tracker_overflows_total 0',
    'foster_event_loop_seconds_total{doing="work"} 1',
  ])
    t.ok(TEXT.split('\n').includes(line), line);
  t.end();
});

t.test('is OpenMetrics text: families in one piece, each line of its family, and an end', (t) => {
  t.ok(TEXT.endsWith('\n# EOF\n'));
  const families = new Set<string>();
  let family = '';
  for (const line of TEXT.split('\n').slice(0, -2)) {
    const type = /^# TYPE (\S+) (gauge|counter|info|histogram)$/.exec(line);
    if (type !== null) {
      family = type[1]!;
      t.notOk(families.has(family), family);
      families.add(family);
    } else if (!line.startsWith('# HELP ')) {
      t.match(line, /^[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? -?[0-9.e+-]+$/);
      t.ok(line.startsWith(family), `${line} belongs to ${family}`);
    }
  }
  t.end();
});
