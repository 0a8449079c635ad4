/**
 * Random launches with known truth, seen by scans of /proc alone. Between two looks the order of events is lost, so that
 * what even the kernel's own events hardly tell apart cannot always be right; how often it is must not get worse.
 *
 * FOSTER_PROPERTY_RUNS says how many (1,500 by default), FOSTER_PROPERTY_SEED which.
 */
import fc from 'fast-check';
import { test } from 'tap';
import { enact } from '../chains/enact.js';
import { judge } from '../chains/judge.js';
import { plans, type Plan } from '../chains/plan.js';
import { MILLISECOND } from '../support/scene.js';
import { stateAt } from '../support/zoo.js';
import { ProcWorld, type Sight } from './proc-world.js';
import { ScanWatch } from './watch-by-scans.js';

const RUNS = Number(process.env['FOSTER_PROPERTY_RUNS'] ?? 1500);
const SEED = Number(process.env['FOSTER_PROPERTY_SEED'] ?? 1);

interface Expectation {
  readonly sight: Sight;
  /** of the launches of which main can be known from the kernel's events, the part in which it must be found */
  readonly share: number;
}

const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  'everything may be read': { sight: { marks: true, memory: true }, share: 0.97 },
  'of another uid: only the mark may be read': { sight: { marks: true, memory: false }, share: 0.93 },
};

for (const [name, { sight, share }] of Object.entries(EXPECTATIONS)) {
  test(`random launches seen by scans: ${name}`, (t) => {
    const outcomes = fc.sample(plans, { numRuns: RUNS, seed: SEED }).flatMap((plan) => examine(plan, sight));
    const right = outcomes.filter(Boolean).length;
    t.comment(`${right} of ${outcomes.length} launches right`);
    t.ok(outcomes.length > RUNS / 4, 'enough of the launches can be judged');
    t.ok(right / outcomes.length >= share, `at least ${share * 100} % are right`);
    t.end();
  });
}

/** Whether main was found in the end; nothing where it cannot be known. */
function examine(plan: Plan, sight: Sight): readonly boolean[] {
  const history = enact(plan);
  const judgement = judge(history, { alive: MILLISECOND, together: 60 * MILLISECOND });
  if (judgement.certainty !== 'decidable') return [];
  const watch = new ScanWatch(history, new ProcWorld(history, sight, plan.creatorsWait));
  watch.run();
  const { main, dead } = stateAt(watch.verdicts, Infinity);
  return [(dead ? undefined : main) === judgement.main];
}
