/** Recorded traces of real daemons with the truth about them, and what is to be checked. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTrace, type TraceLine } from '../../../src/tracker/trace/format.js';
import { replay } from '../../../src/tracker/trace/replay.js';
import type { Verdict } from '../../../src/tracker/verdict.js';
import { observedAs, type Order } from './orders.js';

/** One thing that must hold at a moment of the trace. */
interface Check {
  /** the phase that has just been reached, */
  readonly at: string;
  /** or the very moment */
  readonly t?: number;
  /** null where the start fails before there is a daemon */
  readonly main?: number | null;
  /** main has ended, and nothing takes over */
  readonly dead?: boolean;
}

export interface Recording {
  readonly name: string;
  readonly lines: readonly TraceLine[];
  readonly checks: readonly Check[];
}

/** The root of the repository: compiled tests lie in BUILD/test/tracker/support. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** Where the whole zoo lies, beside a clone of the repository; it is too large to be part of it. */
export const ZOO = join(ROOT, '..', 'shared', 'zoo');
/** The few traces that are part of the repository. */
export const TRACES = join(ROOT, 'test', 'traces');

export function hasZoo(): boolean {
  return existsSync(join(ZOO, 'truth.json'));
}

/**
 * @param directory with truth.json
 * @param traces with the traces that it names
 */
export function loadRecordings(directory: string, traces = directory): Recording[] {
  const truth = JSON.parse(readFileSync(join(directory, 'truth.json'), 'utf8')) as Record<
    string,
    { readonly checks: readonly Check[] }
  >;
  return Object.entries(truth).map(([name, { checks }]) => {
    const lines = parseTrace(readFileSync(join(traces, name), 'utf8'), name);
    return { name, lines, checks };
  });
}

/** Two daemons from one launcher: who is main cannot be known, and to say so is right. */
const UNDECIDABLE: ReadonlySet<string> = new Set(['adv-two.adv.jsonl']);
/** Constructed failures, for which only that the job is over is defined, not who was main. */
const CONSTRUCTED = 'adv-';

/** Lines that the tracker does not get to see: they are the recorder's, for the reader. */
const RECORDERS_OWN: ReadonlySet<string> = new Set(['note', 'phase', 'end']);

export interface Replayed {
  /** what the tracker was given */
  readonly seen: readonly TraceLine[];
  readonly verdicts: readonly Verdict[];
  /** the checks that failed, in words */
  readonly misses: readonly string[];
}

/** @param knownStops whether the supervisor knows what it was asked to end, or somebody else did it */
export function replayRecording(recording: Recording, order: Order, knownStops: boolean): Replayed {
  const { name, checks } = recording;
  const told = recording.lines.filter((line) => knownStops || line.ev !== 'sent');
  const lines = observedAs(order, told);
  const seen = lines.filter((line) => !RECORDERS_OWN.has(line.ev));
  const verdicts = replay(seen);
  const phases = new Map(
    lines.filter((line) => line.ev === 'phase').map((line) => [line.fields['phase'], line.r]),
  );
  const misses: string[] = [];
  for (const check of checks) {
    const found = stateAt(verdicts, check.t ?? phases.get(check.at) ?? Infinity);
    if (UNDECIDABLE.has(name) && found.ambiguous) continue;
    const dead = check.dead ?? false;
    const anyMain = typeof check.main !== 'number' || (dead && name.startsWith(CONSTRUCTED));
    if (found.dead === dead && (anyMain || found.main === check.main)) continue;
    misses.push(`${name} at ${check.at}: expected ${inWords(check)}, found ${inWords(found)}`);
  }
  return { seen, verdicts, misses };
}

interface State {
  readonly main: number | undefined;
  readonly dead: boolean;
  readonly ambiguous: boolean;
}

/** What had been said by then. */
export function stateAt(verdicts: readonly Verdict[], moment: number): State {
  let state: State = { main: undefined, dead: false, ambiguous: false };
  for (const { verdict, time, pid } of verdicts) {
    if (time > moment) break;
    if (verdict === 'main' || verdict === 'ambiguous')
      state = { main: pid, dead: false, ambiguous: verdict === 'ambiguous' };
    else if (verdict === 'died' || verdict === 'ended') state = { ...state, dead: true };
  }
  return state;
}

function inWords({
  main,
  dead,
}: {
  readonly main?: number | null | undefined;
  readonly dead?: boolean;
}): string {
  return `main ${main ?? 'unknown'}${dead ? ', ended' : ''}`;
}
