import t from 'tap';
import { conditionOf, CONDITIONS, reasonOf, type Condition } from '../../../src/cli/format/condition.js';
import type { JobStatus } from '../../../src/supervisor/api/job-status.js';
import { STATES } from '../../../src/supervisor/core/contract.js';
import { jobStatus, runningJob } from '../../control/fake-supervisor.js';

const AT = '2026-01-02T03:04:05.678Z';
/** three minutes later */
const NOW = Date.parse(AT) + 180_000;

const up = (state: JobStatus['state'], fields: Partial<JobStatus> = {}): JobStatus =>
  jobStatus('web', { goal: 'start', state, ...fields });

/** Each condition, what a job is in it, and what is said of it. */
const JOBS: Readonly<Record<Condition, readonly (readonly [JobStatus, string | RegExp])[]>> = {
  running: [
    [runningJob('web', 1), ''],
    [runningJob('web', 1, { statusText: '3 of 7', doing: 'reloading' }), 'reloading: 3 of 7'],
    [
      runningJob('web', 1, { respawns: 2, exit: { signal: 'KILL', at: AT } }),
      'last exit: signal KILL, 3 min ago',
    ],
    [runningJob('web', 1, { exit: { status: 1, at: AT } }), ''],
    [
      runningJob('web', 1, {
        health: { state: 'healthy', failures: 1, last: { ok: false, text: 'no answer in 5 s', at: AT } },
      }),
      '1 check failed: no answer in 5 s',
    ],
    [runningJob('web', 1, { ambiguous: [1, 2] }), 'main is a guess among 1 2'],
    [runningJob('web', 1, { file: { path: '/x', state: 'changed' } }), 'file changed since start'],
    [
      runningJob('web', 1, { file: { path: '/x', state: 'broken', error: 'x:1: no' } }),
      'file broken: x:1: no',
    ],
  ],
  unhealthy: [
    [
      runningJob('web', 1, {
        health: { state: 'unhealthy', failures: 3, last: { ok: false, text: 'GET /x answered 503', at: AT } },
      }),
      '3 checks failed: GET /x answered 503',
    ],
  ],
  starting: [
    [up('pre-start', { waitingFor: 'pre-start process (9) to end' }), 'pre-start process (9) to end'],
    [up('spawned'), ''],
  ],
  stopping: [
    [up('killed', { goal: 'stop', waitingFor: 'main process (9) to end' }), 'main to end'],
    [up('running', { goal: 'stop' }), ''],
    [up('post-stop', { processes: [{ process: 'post-stop', pid: 9 }] }), ''],
  ],
  'backing off': [
    [
      up('post-stop', {
        exit: { status: 1, at: AT },
        waitingFor: 'the pause to be over, in 2 s',
        respawnAt: new Date(NOW + 2500).toISOString(),
      }),
      'status 1; next start in 2.5 s',
    ],
  ],
  waiting: [
    [up('starting', { waitingFor: 'db' }), 'db'],
    [jobStatus('web', { waitingFor: 'event b to start' }), 'event b to start'],
    [
      jobStatus('web', { nextStart: new Date(NOW + 7_200_000).toISOString() }),
      /^next start in 2 h 0 min \(2026-01-0\d \d\d:07:05\)$/,
    ],
  ],
  frozen: [
    [
      runningJob('web', 1, {
        cgroup: { paths: [], frozen: true, usage: {}, counts: {}, problems: [] },
      }),
      "'foster thaw web' lets it go on",
    ],
  ],
  failed: [
    [
      jobStatus('web', { failure: 'main process (9) terminated with status 1' }),
      'terminated with status 1, 3 min ago',
    ],
  ],
  unclear: [[jobStatus('web', { unclear: [7, 8] }), 'processes 7, 8 may be of this job']],
  'broken file': [[jobStatus('web', { file: { path: '/x', state: 'broken', error: 'x:1: no' } }), 'x:1: no']],
  stopped: [
    [jobStatus('web'), ''],
    [jobStatus('web', { manual: true }), 'manual'],
    [jobStatus('web', { exit: { status: 0, at: AT } }), 'last exit: status 0, 3 min ago'],
    [
      jobStatus('web', { exit: { unknown: 'ended-while-down', at: AT } }),
      'last exit: unknown, ended while foster was down, 3 min ago',
    ],
  ],
};

t.test('each condition has its word and its reason', (t) => {
  for (const condition of CONDITIONS)
    for (const [job, reason] of JOBS[condition]) {
      t.equal(conditionOf(job), condition, JSON.stringify(job));
      if (typeof reason === 'string') t.equal(reasonOf(job, NOW), reason);
      else t.match(reasonOf(job, NOW), reason);
    }
  t.end();
});

t.test('whatever its state, a job that is to stop is not said to run', (t) => {
  for (const state of STATES.filter((one) => one !== 'waiting'))
    t.equal(conditionOf(up(state, { goal: 'stop' })), 'stopping', state);
  t.end();
});
