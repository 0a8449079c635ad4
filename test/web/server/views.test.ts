import t from 'tap';
import { entryView } from '../../../src/web/server/entry-view.js';
import { jobView, RunMemory } from '../../../src/web/server/job-view.js';
import { UsageHistory } from '../../../src/web/server/usage-history.js';
import { runningJob } from '../../control/fake-supervisor.js';

const AT = '2026-01-02T03:04:05.678Z';

t.test('what happens is told in words, and control characters are seen, not obeyed', (t) => {
  const job = { at: AT, job: 'web', instance: '1' } as const;
  const process = (event: object) => ({ ...job, type: 'process', event: { time: 1, ...event } }) as never;
  const text = (entry: Parameters<typeof entryView>[0]) => entryView(entry).text;
  t.match(entryView({ ...job, type: 'verdict', verdict: 'hand-off', pid: 4, to: 5, reason: 'only one' }), {
    at: Date.parse(AT),
    job: 'web (1)',
    kind: 'hand-off',
    text: '4 → 5: only one',
    tone: 'good',
  });
  t.equal(text(process({ type: 'fork', parent: 4, child: 5 })), '4 created 5');
  t.equal(
    text(process({ type: 'exec', pid: 5, argv: ['sh', '-c', 'a\x1b[2J'] })),
    '5 runs sh -c "a\\u001b[2J"',
  );
  t.equal(text(process({ type: 'exec', pid: 5 })), '5 runs another program');
  t.equal(text(process({ type: 'exit', pid: 5, status: 256 })), '5 ended with status 1');
  t.equal(text(process({ type: 'exit', pid: 5, status: 9 })), '5 ended by signal KILL');
  t.equal(text(process({ type: 'exit', pid: 5 })), '5 ended');
  t.equal(text(process({ type: 'comm', pid: 5, comm: 'x' })), 'pid=5 comm=x');
  t.equal(text({ at: AT, type: 'log', level: 'warn', text: 'a\nb\u202e' }), 'a\\nb\\u202e');
  t.equal(text({ at: AT, type: 'log', level: 'warn', text: 'x'.repeat(5000) }).length, 1001);
  t.equal(entryView({ at: AT, type: 'event', name: 'e', env: ['A=b c'] }).text, 'e "A=b c"');
  t.end();
});

t.test('runs are remembered beyond the ten that foster remembers, up to a bound', (t) => {
  const memory = new RunMemory();
  const main = (pid: number) => ({
    pid,
    since: new Date(pid * 1000).toISOString(),
    at: new Date(pid * 1000 + 500).toISOString(),
    status: 3,
    sequel: 'respawned' as const,
  });
  for (let pid = 1; pid <= 100; pid += 1)
    memory.runsOf(runningJob('a', pid, { history: { mains: [main(pid)] } }));
  const runs = memory.runsOf(runningJob('a', 500, { mainSince: AT }));
  t.equal(runs.length, 61);
  t.match(runs[0], { pid: 41, since: 41_000, until: 41_500, outcome: 'respawned', end: 'status 3' });
  t.match(runs.at(-1), { pid: 500, until: null, outcome: 'runs' });
  memory.keepOnly(new Set());
  t.strictSame(memory.runsOf(runningJob('a', 1)), []);
  t.match(jobView(runningJob('a', 1, { instance: '2' }), runs, 0), { title: 'a (2)', tone: 'good' });
  t.end();
});

t.test('usage: processors in percent between two looks, and nothing that is older than the window', (t) => {
  const history = new UsageHistory();
  const job = (cpu: number, tasks = 1) => ({
    name: 'a',
    instance: '',
    source: 'processes' as const,
    cpu,
    memory: 10,
    memoryLimit: null,
    tasks,
    ioRead: null,
    ioWritten: null,
    frozen: false,
  });
  t.strictSame(history.add([job(0)], 0, 1000), { a: [null, 10] }, 'there is nothing to compare it with');
  t.strictSame(history.add([job(500_000)], 1000, 2000), { a: [50, 10] });
  t.strictSame(history.add([job(400_000)], 2000, 3000), { a: [0, 10] }, 'a job that was started anew');
  t.strictSame(history.add([job(0, 0)], 3000, 4000), {}, 'no process, no line');
  t.strictSame(history.add([job(900_000)], 90_000, 90_000), { a: [null, 10] }, 'too long ago to be compared');
  t.equal(history.all()['a']?.length, 4);
  history.add([], 400_000, 400_000);
  t.strictSame(history.all(), {});
  t.end();
});
