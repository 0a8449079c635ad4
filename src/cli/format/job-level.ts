/**
 * Selects what `foster events` shows by default: one line per fact. The states of a job describe its start;
 * its event `started`, its change of goal and its forks would repeat that. Pure.
 */
import type { FeedEntry } from '../../supervisor/api/feed.js';

/** The types to request: the supervisor need not format the others. */
export const JOB_LEVEL_TYPES = ['event', 'state', 'verdict', 'log', 'overflow'] as const;

/** Events that a job emits on a change of state (Upstart section 3.5). */
const STATE_EVENTS = ['starting', 'started', 'stopping', 'stopped'];

const LEVELS = ['message', 'warn', 'error', 'fatal'];

/** Upstart's line on the end of a process, which a verdict reports as well. */
const END_OF_MAIN = / main process \(\d+\) (?!became)/;

/** Tests whether an entry is about jobs and repeats no other entry. */
export function isJobLevel(entry: FeedEntry): boolean {
  switch (entry.type) {
    case 'event':
      return !(
        STATE_EVENTS.includes(entry.name) && entry.env.some((variable) => variable.startsWith('JOB='))
      );
    case 'process':
      return entry.event.type === 'overflow';
    case 'log':
      return LEVELS.includes(entry.level) && !END_OF_MAIN.test(entry.text);
    case 'state':
    case 'verdict':
    case 'missed':
    case 'history':
      return true;
  }
}

type StateEntry = Extract<FeedEntry, { type: 'state' }>;

/**
 * Joins states that a job passed at the same moment, because there was nothing to do in them, into one
 * change.
 * @param wholeRuns keep the end of one run and the start of the next separate
 */
export function joinStates(
  entries: readonly FeedEntry[],
  { wholeRuns }: { readonly wholeRuns: boolean } = { wholeRuns: true },
): readonly FeedEntry[] {
  const joined: FeedEntry[] = [];
  for (const entry of entries) {
    const before = joined.at(-1);
    if (before?.type === 'state' && entry.type === 'state' && continues(before, entry, wholeRuns))
      joined[joined.length - 1] = { ...entry, from: before.from };
    else joined.push(entry);
  }
  return joined;
}

function continues(before: StateEntry, entry: StateEntry, wholeRuns: boolean): boolean {
  const isSame = before.job === entry.job && before.instance === entry.instance && before.at === entry.at;
  return isSame && before.to === entry.from && !(wholeRuns && before.to === 'post-stop');
}
