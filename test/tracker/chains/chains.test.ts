/**
 * Random launches with known truth: whatever can be known must be found out, and what cannot must be said to be in doubt
 * (doubts.ts).
 *
 * FOSTER_PROPERTY_RUNS says how many (2,000 by default), FOSTER_PROPERTY_SEED which. A failure prints the seed, and the trace
 * of the smallest launch found that fails. How often what was found out is printed as well.
 */
import fc from 'fast-check';
import tap, { test } from 'tap';
import { ORDERS } from '../support/orders.js';
import { examine } from './examine.js';
import { plans } from './plan.js';

const RUNS = Number(process.env['FOSTER_PROPERTY_RUNS'] ?? 2000);
const SEED = Number(process.env['FOSTER_PROPERTY_SEED'] ?? 1);

// a hundred thousand runs take a minute or two
tap.setTimeout(0);

test('random launches: main is found out where it can be known, and is in doubt where it cannot', (t) => {
  const tally = new Map<string, number>();
  let shrinking = false;
  const property = fc.property(plans, fc.constantFrom(...ORDERS), fc.boolean(), (plan, order, proc) => {
    const findings = examine(plan, order, proc);
    const { kind, complaint } = findings;
    if (!shrinking) tally.set(kind, (tally.get(kind) ?? 0) + 1);
    if (complaint === undefined) return;
    shrinking = true;
    throw new Error(findings.describe());
  });
  const { failed, counterexamplePath, errorInstance } = fc.check(property, { numRuns: RUNS, seed: SEED });
  for (const [kind, count] of [...tally].sort()) t.comment(`${count} ${kind}`);
  if (failed) t.comment((errorInstance as Error).message);
  t.notOk(failed, `seed ${SEED}${failed ? `, path ${counterexamplePath}` : ''}`);
  t.end();
});
