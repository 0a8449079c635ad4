import fc from 'fast-check';
import t from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import { nextToStop, type RemainingJob } from '../../../src/supervisor/lifecycle/stop-order.js';

/** A job of a class that a job file with these lines defines. */
function job(name: string, lines = ''): RemainingJob {
  const checked = checkText(`${lines}\nexec x\n`, name, 'conf');
  if (!checked.ok) throw new Error(`${name}: ${JSON.stringify(checked.errors)}`);
  return { key: name, class: checked.class };
}

/** Stops what may be stopped, all at once, until nothing is left. */
function rounds(jobs: readonly RemainingJob[]): string[][] {
  const found: string[][] = [];
  for (let left = jobs; left.length > 0;) {
    const free = nextToStop(left).map(({ job: { key } }) => key);
    if (free.length === 0) throw new Error('jobs wait for each other');
    found.push(free);
    left = left.filter(({ key }) => !free.includes(key));
  }
  return found;
}

t.test('jobs that need nothing of each other are stopped together, the last started first', (t) => {
  t.strictSame(rounds([job('a'), job('b'), job('c', 'start on startup')]), [['c', 'b', 'a']]);
  t.end();
});

t.test('requires, after and `start on started` keep what they name up until the job has stopped', (t) => {
  for (const lines of [
    'requires a',
    'after a',
    'start on started a',
    'start on started JOB=a',
    'start on (filesystem and started INSTANCE=x JOB=a) or never',
    'start on started [ab]',
  ]) {
    t.strictSame(rounds([job('a'), job('b', lines)]), [['b'], ['a']], lines);
  }
  for (const lines of [
    'start on starting a',
    'start on stopped a',
    'start on started JOB!=a',
    'start on started x a',
  ])
    t.strictSame(rounds([job('a'), job('b', lines)]), [['b', 'a']], lines);
  t.end();
});

t.test('a job waits only for what was started before it, so that no two wait for each other', (t) => {
  t.strictSame(rounds([job('a', 'requires b'), job('b', 'requires a')]), [['b'], ['a']]);
  t.end();
});

t.test('a job at the head of a chain gets its part of the time, the others are still to come', (t) => {
  const jobs = [job('a'), job('b', 'requires a'), job('c', 'requires b'), job('d')];
  t.strictSame(
    nextToStop(jobs).map(({ job: { key }, stepsLeft }) => [key, stepsLeft]),
    [
      ['d', 1],
      ['c', 3],
    ],
  );
  t.end();
});

t.test('whatever needs whatever, every job is stopped once, after all that need it', (t) => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const needs = fc.array(fc.subarray(names), { minLength: names.length, maxLength: names.length });
  fc.assert(
    fc.property(needs, (required) => {
      const jobs = names.map((name, place) => {
        const others = required[place]!.filter((other) => other !== name);
        return job(name, others.length === 0 ? '' : `requires ${others.join(' ')}`);
      });
      const order = rounds(jobs);
      if (order.flat().sort().join() !== names.join()) return false;
      const round = (name: string): number => order.findIndex((together) => together.includes(name));
      for (const [place, others] of required.entries()) {
        for (const other of others.filter((name) => names.indexOf(name) < place))
          if (round(names[place]!) >= round(other)) return false;
      }
      return true;
    }),
    { numRuns: 50 },
  );
  t.end();
});
