import fc from 'fast-check';
import { test } from 'tap';

import { planDescriptors, type DescriptorStep } from '../../../src/kernel/process/descriptor-plan.js';

/** What a child's table of descriptors holds after the steps; every number begins as itself, close-on-exec. */
function carryOut(steps: readonly DescriptorStep[]): Map<number, string> {
  const table = new Map<number, string>();
  const content = (fd: number): string => table.get(fd) ?? `parent ${fd}`;
  for (const step of steps) {
    if (step.kind === 'duplicate')
      table.set(step.to, step.from === step.to ? 'still close-on-exec' : content(step.from));
    else if (step.kind === 'open') table.set(step.to, step.path);
    else table.delete(step.fd);
  }
  return table;
}

test('what nobody names of 0, 1 and 2 is /dev/null', (t) => {
  t.strictSame(
    carryOut(planDescriptors([{ target: 1, source: 7 }])),
    new Map([
      [0, '/dev/null'],
      [2, '/dev/null'],
      [1, 'parent 7'],
    ]),
  );
  t.end();
});

test('a descriptor that keeps its number loses close-on-exec by way of another number', (t) => {
  const table = carryOut(planDescriptors([{ target: 1, source: 1 }]));
  t.equal(table.get(1), 'parent 1');
  t.equal(table.size, 3, 'nothing stays behind');
  t.end();
});

test('descriptors can be exchanged', (t) => {
  const table = carryOut(
    planDescriptors([
      { target: 1, source: 2 },
      { target: 2, source: 1 },
    ]),
  );
  t.equal(table.get(1), 'parent 2');
  t.equal(table.get(2), 'parent 1');
  t.end();
});

test('two actions for one target are refused', (t) => {
  t.throws(
    () =>
      planDescriptors([
        { target: 4, source: 1 },
        { target: 4, source: 2 },
      ]),
    RangeError,
  );
  t.end();
});

test('whatever is asked for: each target gets its source, and nothing else is left open', (t) => {
  const actions = fc.uniqueArray(fc.record({ target: fc.nat(12), source: fc.nat(12) }), {
    selector: ({ target }) => target,
  });
  fc.assert(
    fc.property(actions, (requested) => {
      const table = carryOut(planDescriptors(requested));
      for (const { target, source } of requested) {
        if (table.get(target) !== `parent ${source}`) return false;
      }
      return table.size === new Set([0, 1, 2, ...requested.map(({ target }) => target)]).size;
    }),
  );
  t.pass('for all');
  t.end();
});
