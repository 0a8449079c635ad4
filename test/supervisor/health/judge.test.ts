import { test } from 'tap';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { isRestarted, judge, newHealth, delayBefore } from '../../../src/supervisor/health/judge.js';
import { conf } from '../support/job-classes.js';

const SECOND = 1000;

/** What becomes of a job whose checks end like this, one a second: `+` well, `-` not. */
function states(outcomes: string, jobClass: JobClass): readonly string[] {
  let health = newHealth(0);
  return outcomes.split('').map((outcome, index) => {
    health = judge(health, { ok: outcome === '+', text: 'x' }, jobClass, (index + 1) * SECOND);
    return health.state;
  });
}

test('a job is unhealthy after so many failures in a row, and healthy after one success', (t) => {
  t.same(states('---+-', conf()), ['starting', 'starting', 'unhealthy', 'healthy', 'healthy']);
  t.same(states('--+--', conf()), ['starting', 'starting', 'healthy', 'healthy', 'healthy']);
  t.same(states('-', conf({ healthRetries: 1 })), ['unhealthy']);
  t.end();
});

test('failures of the start period do not count, unless a check has succeeded', (t) => {
  const slow = conf({ healthRetries: 2, healthStartPeriod: 4 });
  t.same(states('-----', slow), ['starting', 'starting', 'starting', 'starting', 'unhealthy']);
  t.same(states('+--', slow), ['healthy', 'healthy', 'unhealthy']);
  t.end();
});

test('the last outcome is remembered, whether it counts or not', (t) => {
  const health = judge(newHealth(0), { ok: false, text: 'refused' }, conf({ healthStartPeriod: 60 }), 7);
  t.match(health, { state: 'starting', failures: 0, last: { ok: false, text: 'refused', at: 7 } });
  t.end();
});

test('what is to run always is restarted, what is not is marked, and the file has the last word', (t) => {
  t.equal(isRestarted(conf({ respawn: true })), true);
  t.equal(isRestarted(conf()), false);
  t.equal(isRestarted(conf({ respawn: true, healthAction: 'mark' })), false);
  t.equal(isRestarted(conf({ healthAction: 'restart' })), true);
  t.end();
});

test('the first check comes after a second at most', (t) => {
  const asked = judge(newHealth(0), { ok: true, text: '' }, conf(), 0);
  t.equal(delayBefore(newHealth(0), conf({ healthInterval: 30 })), SECOND);
  t.equal(delayBefore(newHealth(0), conf({ healthInterval: 0.2 })), 200);
  t.equal(delayBefore(asked, conf({ healthInterval: 30 })), 30 * SECOND);
  t.end();
});
