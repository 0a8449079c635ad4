/** Compares what the tracker says of a random launch with what can be known of it. */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import type { TraceLine } from '../../../src/tracker/trace/format.js';
import { replay } from '../../../src/tracker/trace/replay.js';
import type { Verdict } from '../../../src/tracker/verdict.js';
import { observedAs, type Order } from '../support/orders.js';
import { randomFrom } from '../support/random.js';
import { MILLISECOND } from '../support/scene.js';
import { stateAt } from '../support/zoo.js';
import { enact } from './enact.js';
import { livesAt, type History } from './history.js';
import { judge, type Judgement, type Lag } from './judge.js';
import type { Plan } from './plan.js';
import { record } from './recording.js';

/** Nothing but the exit event tells of a death here, and it may come later than the reaping of another process. */
const SOON: Lag = { alive: MILLISECOND, together: MILLISECOND };
const LAG: Readonly<Record<Order, Lag>> = {
  recorded: SOON,
  events: SOON,
  'late-exits': { ...SOON, alive: 7 * MILLISECOND },
  batch: { ...SOON, together: 52 * MILLISECOND },
};

interface Outcome {
  readonly judgement: Judgement;
  /** main in the end is the true one, or the job is over as it should be */
  readonly right: boolean;
  readonly ambiguous: boolean;
}

export interface Findings {
  /** certainty, reason and outcome, for counting */
  readonly kind: string;
  readonly complaint: string | undefined;
  /** the complaint with the whole trace and all verdicts, for reading */
  describe(): string;
}

/**
 * Lets the tracker observe what a plan makes happen, in one of the orders, and compares what it says with the truth.
 * @param proc whether the tracker can look into /proc, as live, or has nothing but the events, as in a replay and in batches
 */
export function examine(plan: Plan, order: Order, proc: boolean): Findings {
  const history = enact(plan);
  const lines = observedAs(order, record(history, plan));
  const beings = new Map(history.beings.map((being) => [being.pid, being]));
  // whoever reads late does everything late: when a timer is due, what has been queued is read before
  const livedAt =
    proc && order !== 'batch'
      ? ({ pid }: { readonly pid: number }, time: Nanoseconds) => livesAt(beings.get(pid)!, time)
      : undefined;
  const observe = (some: readonly TraceLine[]): Verdict[] => replay(some, livedAt);
  const verdicts = observe(lines);
  const judgement = judge(history, LAG[order]);
  const outcome = outcomeOf(judgement, verdicts);
  const { certainty, because } = judgement;
  const complaint =
    complaintAbout(outcome) ??
    incoherence(verdicts) ??
    (judgement.uncontested && certainty === 'decidable' ? stray(history, verdicts) : undefined) ??
    foresight(lines, observe, plan.seed);
  return {
    kind: `${certainty} (${because}): ${outcome.right ? 'right' : 'wrong'}${outcome.ambiguous ? ', ambiguous' : ''}`,
    complaint,
    describe: () => describe(complaint ?? 'nothing to complain about', outcome, order, lines, verdicts),
  };
}

function outcomeOf(judgement: Judgement, verdicts: readonly Verdict[]): Outcome {
  const { main, dead } = stateAt(verdicts, Infinity);
  const found = dead ? undefined : main;
  const ambiguous = verdicts.some(({ verdict }) => verdict === 'ambiguous');
  return { judgement, right: found === judgement.main, ambiguous };
}

function complaintAbout({ judgement, right, ambiguous }: Outcome): string | undefined {
  switch (judgement.certainty) {
    case 'decidable':
      if (!right) return 'main can be known, and is another';
      return ambiguous ? 'main can be known, and is called ambiguous' : undefined;
    case 'late':
      return right ? undefined : 'main can be known in the end, and is another';
    case 'undecidable':
      return right || ambiguous ? undefined : 'main cannot be known, and was guessed silently';
    case 'policy':
      return undefined;
  }
}

/** What is said must hang together, whoever is main. */
function incoherence(verdicts: readonly Verdict[]): string | undefined {
  let main: number | undefined;
  let next: number | undefined;
  let over = false;
  const detached = new Set<number>();
  for (const said of verdicts) {
    if (said.verdict === 'detached') {
      if (detached.has(said.pid)) return `${said.pid} is called detached twice`;
      detached.add(said.pid);
      continue;
    }
    if (over) return `"${said.verdict}" after the end`;
    if (said.verdict === 'main') {
      if (next !== undefined && next !== said.pid)
        return `main is ${said.pid}, where ${next} was to take over`;
      [main, next] = [said.pid, undefined];
    } else if (said.pid !== main) return `"${said.verdict}" of ${said.pid}, while main is ${main}`;
    else if (said.verdict === 'hand-off') next = said.to;
    else if (said.verdict === 'died' || said.verdict === 'ended') over = true;
  }
  return undefined;
}

/** Where there was nobody else, nobody else may have been called main, not even for a moment. */
function stray({ line }: History, verdicts: readonly Verdict[]): string | undefined {
  const known = new Set(line.map(({ pid }) => pid));
  const wrong = verdicts.find(({ verdict, pid }) => verdict === 'main' && !known.has(pid));
  return wrong && `${wrong.pid} was called main, and there was no doubt`;
}

/** What is decided may not depend on later lines. */
function foresight(
  lines: readonly TraceLine[],
  observe: (lines: readonly TraceLine[]) => Verdict[],
  seed: number,
): string | undefined {
  const length = randomFrom(seed).integer(1, lines.length - 1);
  const limit = lines[length]!.r;
  const before = (some: readonly TraceLine[]): string =>
    JSON.stringify(observe(some).filter(({ time }) => time < limit));
  return before(lines.slice(0, length)) === before(lines)
    ? undefined
    : `the first ${length} lines alone give other verdicts`;
}

function describe(
  complaint: string,
  { judgement }: Outcome,
  order: Order,
  lines: readonly TraceLine[],
  verdicts: readonly Verdict[],
): string {
  const expected = `${judgement.main ?? 'nobody'}, ${judgement.certainty} (${judgement.because})`;
  const ms = (time: Nanoseconds): string => ((time - 1e12) / 1e6).toFixed(3);
  return [
    `${complaint}; expected in the end: ${expected}; order "${order}"`,
    ...lines.map(({ r, t, ev, fields }) => `  ${ms(r)} (${ms(t)}) ${ev} ${JSON.stringify(fields)}`),
    ...verdicts.map(
      (said) => `  ${ms(said.time)} says: ${JSON.stringify({ ...said, job: undefined, time: undefined })}`,
    ),
  ].join('\n');
}
