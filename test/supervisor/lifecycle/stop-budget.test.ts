import { test } from 'tap';

import { statusAfterBudget } from '../../../src/supervisor/lifecycle/stop-budget.js';
import { conf } from '../support/job-classes.js';

type Views = Parameters<typeof statusAfterBudget>[0];

const standing = (name: string, main: boolean, exit?: number, essential = true): Views[number] => ({
  ref: { name, instance: '' },
  class: conf({ name, ...(essential && { essential: true }) }),
  processes: main ? [{ process: 'main', pid: 7, since: 0 }] : [],
  lastExit: exit === undefined ? undefined : { status: exit << 8, pid: 7, at: 0 },
});

test('a COMMAND whose end nobody saw inside the budget has been killed', (t) => {
  t.equal(statusAfterBudget([standing('command', true)], 'command', 0), 137);
  t.equal(statusAfterBudget([standing('command', true, 3)], 'command', 0), 137, 'it has had a main before');
  t.end();
});

test('of a COMMAND that has left others its own status counts', (t) => {
  t.equal(statusAfterBudget([standing('command', false, 5)], 'command', 0), 5);
  t.equal(statusAfterBudget([standing('web', true)], 'command', 5), 5, 'and no other job’s');
  t.end();
});

test('without COMMAND the first essential job counts that says something', (t) => {
  t.equal(statusAfterBudget([standing('web', true)], undefined, 0), 137);
  t.equal(statusAfterBudget([standing('web', true)], undefined, 4), 4);
  t.equal(statusAfterBudget([standing('a', false, 2), standing('b', true)], undefined, 0), 2);
  t.equal(statusAfterBudget([standing('web', true, undefined, false)], undefined, 0), 0);
  t.equal(statusAfterBudget([], undefined, 0), 0);
  t.end();
});
