import t from 'tap';
import { decideFailure } from '../../../src/supervisor/lifecycle/failures.js';

t.test('three failures in a minute are answered by a new program, the fourth is one too many', (t) => {
  let failures: readonly number[] = [];
  for (const [time, answer] of [
    [1000, 'replace'],
    [1001, 'replace'],
    [50_000, 'replace'],
    [60_999, 'degrade'],
  ] as const) {
    const decision = decideFailure(failures, time);
    t.equal(decision.answer, answer, `at ${time} ms`);
    failures = decision.failures;
  }
  t.end();
});

t.test('failures are forgotten after a minute', (t) => {
  t.strictSame(decideFailure([1000, 2000, 3000], 61_000), {
    answer: 'replace',
    failures: [2000, 3000, 61_000],
  });
  t.end();
});
