import t from 'tap';
import { CONDITIONS, conditionOf } from '../../../src/cli/format/condition.js';
import { failedRun, whySentences, type WhyInput } from '../../../src/cli/format/why.js';
import { checkText } from '../../../src/jobfile/check.js';
import type { JobStatus } from '../../../src/supervisor/api/job-status.js';
import { STATES } from '../../../src/supervisor/core/contract.js';
import { jobStatus, runningJob } from '../../control/fake-supervisor.js';

const AT = '2026-01-02T03:04:05.678Z';
const NOW = Date.parse(AT) + 180_000;

function why(job: JobStatus, more: Partial<WhyInput> = {}): string {
  const userName = (uid: number) => (uid === 0 ? 'root' : undefined);
  return whySentences({ job, class: undefined, userName, now: NOW, ...more }).join('\n');
}

const up = (state: JobStatus['state'], fields: Partial<JobStatus> = {}): JobStatus =>
  jobStatus('web', { goal: 'start', state, ...fields });

t.test('a failed run is told once, with the last that it wrote', (t) => {
  const since = new Date(Date.parse(AT) - 100).toISOString();
  const job = jobStatus('web', {
    failure: 'main process (9) terminated with status 1',
    since: AT,
    history: { mains: [{ pid: 9, status: 1, since, at: AT, sequel: 'failed' }] },
  });
  t.equal(failedRun(job), Date.parse(since));
  const text = why(job, { lastLines: ['no such table'] });
  t.match(text, /^Main had run for 0\.1 s\.\nThe last that it wrote:\n {4}\| no such table$/m);
  t.equal(text.match(/status 1/g)?.length, 1);
  t.equal(failedRun(runningJob('web', 812)), undefined);
  t.end();
});

t.test('each condition has its first sentence', (t) => {
  const jobs: readonly (readonly [JobStatus, RegExp])[] = [
    [runningJob('web', 812, { mainSince: AT }), /^web runs: main is process 812, up 3 min\.$/m],
    [
      runningJob('web', 812, {
        health: { state: 'unhealthy', failures: 3, last: { ok: false, text: 'GET /x answered 503', at: AT } },
      }),
      /^web runs, and is unhealthy: main is process 812\.\nIts last 3 checks have failed: GET \/x answered 503\./m,
    ],
    [up('running'), /^web runs, without a main process\.$/m],
    [up('spawned'), /^web is being started: main was launched and is not ready yet\.$/m],
    [up('killed', { goal: 'stop' }), /^web is being stopped: its processes are ended\.$/m],
    [up('killed'), /^web is being restarted: /m],
    [up('starting', { waitingFor: 'db' }), /^web is about to start: .*\nIt waits for db\.$/m],
    [
      up('post-stop', { respawnAt: new Date(NOW + 2000).toISOString() }),
      /^web is backing off: it is started again at .* \(in 2 s\)\.$/m,
    ],
    [
      jobStatus('web', { nextStart: new Date(NOW + 60_000).toISOString() }),
      /^web waits for its time: its schedule starts it at .* \(in 1 min\)\.$/m,
    ],
    [
      jobStatus('web', { waitingFor: 'event b to start' }),
      /^web waits: .*\nIt waits for event b to start\.$/m,
    ],
    [
      runningJob('web', 1, { cgroup: { paths: [], frozen: true, usage: {}, counts: {}, problems: [] } }),
      /^web is frozen: 'foster thaw web' lets it go on\.$/m,
    ],
    [
      jobStatus('web', { failure: 'main process (9) terminated with status 1', since: AT }),
      /^web failed at .* \(3 min ago\): main process \(9\) terminated with status 1\.\n'foster log web' shows/m,
    ],
    [jobStatus('web', { unclear: [7] }), /^web is not started: processes 7 may be of it\.$/m],
    [
      jobStatus('web', { file: { path: '/x.ini', state: 'broken', error: 'x.ini:1: what?' } }),
      /^web cannot be started: its job file is broken: x\.ini:1: what\?\n'foster check \/x\.ini'/m,
    ],
    [
      jobStatus('web'),
      /^web is stopped\.\nIt has not been started since foster began\.\n'foster start web'/m,
    ],
  ];
  for (const [job, text] of jobs) t.match(why(job), text);
  t.same(
    [...new Set(jobs.map(([job]) => conditionOf(job)))].sort(),
    [...CONDITIONS].sort(),
    'none is left out',
  );
  t.end();
});

t.test('whatever the state and the goal, there is something to say', (t) => {
  for (const state of STATES)
    for (const goal of ['start', 'stop', 'respawn'] as const)
      t.match(why(jobStatus('web', { state, goal })), /^web [a-z].*\.$/m, `${goal}/${state}`);
  t.end();
});

t.test('what has started it is said with the time', (t) => {
  const causes = {
    "root gave the command 'start'": { kind: 'command', verb: 'start', by: 0 },
    "user 1000 gave the command 'restart'": { kind: 'command', verb: 'restart', by: 1000 },
    'its schedule started it': { kind: 'command', verb: 'start', by: 'schedule' },
    'foster started it at its own start': { kind: 'command', verb: 'start', by: 'foster' },
    'the event runlevel RUNLEVEL=2 started it': { kind: 'events', events: ['runlevel RUNLEVEL=2'] },
    'the events a and b started it': { kind: 'events', events: ['a', 'b'] },
    'the job app, which requires it, started it': { kind: 'job', job: 'app' },
    'foster started it when the processes that a crash had left unclear had ended': { kind: 'clear' },
  } as const;
  for (const [text, cause] of Object.entries(causes)) {
    const job = runningJob('web', 1, { history: { started: { at: AT, ...cause }, mains: [] } });
    t.match(why(job), new RegExp(`^At 2026-01-0\\d .* \\(3 min ago\\) ${text}\\.$`, 'm'));
  }
  t.end();
});

t.test('what has stopped it is said while it is down', (t) => {
  const stopped = { at: AT, kind: 'command', verb: 'stop', by: 0 } as const;
  const history = { stopped, mains: [] };
  t.match(why(jobStatus('web', { history })), /root gave the command 'stop'\.$/m);
  t.notMatch(why(runningJob('web', 1, { history })), 'stop');
  t.end();
});

t.test('the last ends of main are told one by one', (t) => {
  const since = new Date(Date.parse(AT) - 3000).toISOString();
  const end = { pid: 9, since, at: AT };
  const history = {
    started: { at: since, kind: 'clear' as const },
    mains: [
      { ...end, at: '2026-01-01T00:00:00.000Z', pid: 8, status: 0, sequel: 'stopped' as const },
      { ...end, status: 1, sequel: 'respawned' as const },
      { ...end, signal: 'SEGV', sequel: 'failed' as const },
    ],
  };
  const text = why(jobStatus('web', { history, respawns: 1, failure: 'x' }));
  t.match(text, /^Ends of main since then, 1 respawn in all:$/m);
  t.match(text, /^ {4}\d{4}-\d\d-\d\d [\d:]{8} {2}9 exited with status 1 after 3\.0 s: respawned$/m);
  t.match(text, /^ {4}[\d-]+ [\d:]+ {2}9 was ended by signal SEGV after 3\.0 s: failed$/m);
  t.notMatch(text, 'process 8', 'not those of the runs before');
  t.end();
});

t.test('what starts a job that is down is said', (t) => {
  const classOf = (text: string) => {
    const checked = checkText(text, 'web', 'conf');
    return checked.ok ? checked.class : undefined;
  };
  const service = classOf('start on started db or runlevel [2345]\nexec true');
  t.match(why(jobStatus('web'), { class: service }), /^It starts on started db or runlevel \[2345\]\.$/m);
  t.match(why(jobStatus('web'), { class: classOf('exec true') }), /^Only a command, or a job that requires/m);
  t.match(why(jobStatus('web', { manual: true })), /^Neither events nor times start it .*enable web/m);
  t.end();
});

t.test('a file that is not as the job runs is said with the remedy', (t) => {
  const file = (state: 'changed' | 'broken' | 'gone') =>
    runningJob('web', 1, { file: { path: '/x.ini', state } });
  t.match(why(file('changed')), /^Its job file has changed .*'foster restart web'/m);
  t.match(why(file('broken')), /^Its job file is broken by now: \/x\.ini\.$/m);
  t.match(why(file('gone')), /^Its job file is gone/m);
  t.end();
});
