/**
 * What `foster events` shows by default: one line for one thing. A start of a job is told by its states; that it has emitted
 * `started`, that its goal has changed, and which processes were forked on the way, are the same thing once more. Pure.
 */
import type { FeedEntry } from '../../supervisor/api/feed.js';

/** Types that the supervisor is asked for: it need not format the others. */
export const JOB_LEVEL_TYPES = ['event', 'state', 'verdict', 'log', 'overflow'] as const;

/** Events that a job emits when its state changes (Upstart section 3.5). */
const STATE_EVENTS = ['starting', 'started', 'stopping', 'stopped'];

const LEVELS = ['message', 'warn', 'error', 'fatal'];

/** Upstart's line on the end of a process, of which a verdict tells, too. */
const END_OF_MAIN = / main process \(\d+\) (?!became)/;

/** Says whether an entry is told of at the level of jobs, and by no other entry. */
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

/** A job passes through states in which there is nothing to do in the same moment: that is one change. */
export function joinStates(entries: readonly FeedEntry[]): readonly FeedEntry[] {
  const joined: FeedEntry[] = [];
  for (const entry of entries) {
    const before = joined.at(-1);
    if (before?.type === 'state' && entry.type === 'state' && continues(before, entry))
      joined[joined.length - 1] = { ...entry, from: before.from };
    else joined.push(entry);
  }
  return joined;
}

function continues(before: StateEntry, entry: StateEntry): boolean {
  const isSame = before.job === entry.job && before.instance === entry.instance && before.at === entry.at;
  // the end of one run and the beginning of the next are two things
  return isSame && before.to === entry.from && before.to !== 'post-stop';
}
