import t from 'tap';
import { judge } from '../../../src/control/client/waiting-command.js';
import { jobStatus, runningJob } from '../fake-supervisor.js';

const ASKED = Date.parse('2026-01-02T03:00:00.000Z');
const BEFORE = '2026-01-02T02:59:00.000Z';
const AFTER = '2026-01-02T03:00:01.000Z';
const ended = { signal: null, status: 0, at: AFTER, text: '' } as never;

t.test('what became of a command whose answer was lost', (t) => {
  const cases: readonly [string, Parameters<typeof judge>[1], ReturnType<typeof judge>][] = [
    ['start', runningJob('a', 1, { since: AFTER }), 'done'],
    ['start', runningJob('a', 1, { state: 'spawned', since: AFTER }), 'wait'],
    ['start', jobStatus('a', { since: BEFORE }), 'not begun'],
    [
      'start',
      jobStatus('a', { since: AFTER, failure: 'main process (1) terminated with status 1' }),
      'failed',
    ],
    ['start', jobStatus('a', { since: AFTER, exit: ended }), 'done'],
    ['start', jobStatus('a', { since: AFTER }), 'not begun'],
    ['start', undefined, 'not begun'],
    ['restart', runningJob('a', 1, { since: AFTER }), 'done'],
    ['restart', runningJob('a', 1, { since: BEFORE }), 'not begun'],
    ['restart', runningJob('a', 1, { state: 'killed', since: AFTER }), 'wait'],
    ['stop', jobStatus('a', { since: BEFORE }), 'done'],
    ['stop', undefined, 'done'],
    ['stop', runningJob('a', 1, { goal: 'stop', state: 'killed' }), 'wait'],
    ['stop', runningJob('a', 1), 'not begun'],
    ['reload', runningJob('a', 1), 'not begun'],
  ];
  for (const [verb, status, verdict] of cases)
    t.equal(judge(verb, status, ASKED), verdict, `${verb} ${JSON.stringify(status)}`);
  t.end();
});
