/** What scans remember of a process of the lineage, to detect changes later. */
import type { Nanoseconds } from '../events.js';
import type { ProcessDetails, SeenProcess } from './snapshot.js';

export interface LastSeen {
  readonly at: Nanoseconds;
  readonly startTime: number;
  readonly started: Nanoseconds;
  readonly comm: string;
  readonly stackStart: number | undefined;
  readonly executable: string | undefined;
  /** the command line when it was last seen: its arguments, or its process title */
  readonly title: readonly string[] | undefined;
  /** its mark (mark.ts) when it was first seen */
  readonly mark: number | undefined;
}

/** Keyed by pid; `startTime` identifies the process. */
export type LastSeenProcesses = Map<number, LastSeen>;

/**
 * Remembers a living process. Fields that may no longer be read (its uid has changed) keep their old values.
 */
export function rememberLastSeen(
  seen: SeenProcess,
  details: ProcessDetails,
  now: Nanoseconds,
  before?: LastSeen,
): LastSeen {
  const same = before?.startTime === seen.startTime ? before : undefined;
  const changed = same === undefined || programChanged(same, seen) !== false;
  return {
    at: now,
    startTime: seen.startTime,
    started: seen.started,
    comm: seen.comm,
    stackStart: seen.stackStart ?? (changed ? undefined : same.stackStart),
    executable: changed ? details.executable(seen.pid) : same.executable,
    title: details.argv(seen.pid) ?? same?.title,
    mark: same === undefined ? details.mark(seen.pid) : same.mark,
  };
}

/**
 * Tests whether a process has exec'd another program since it was last seen; undefined if its stack is hidden
 * and the rest does not decide it. A title proves nothing: processes set it freely.
 */
export function programChanged(
  before: Pick<LastSeen, 'stackStart' | 'comm'>,
  seen: Pick<SeenProcess, 'stackStart' | 'comm'>,
): boolean | undefined {
  if (before.stackStart !== undefined && seen.stackStart !== undefined) {
    return before.stackStart !== seen.stackStart;
  }
  return before.comm === seen.comm ? undefined : true;
}

/**
 * Tests whether two command lines are equal except for digits: titles count connections and name pids (`sshd:
 * /usr/sbin/sshd [listener] 0 of 10-100 startups`).
 */
export function isSameTitle(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === undefined || a.length !== b?.length) return false;
  return a.every((word, index) => withoutDigits(word) === withoutDigits(b[index]!));
}

function withoutDigits(text: string): string {
  return text.replace(/[0-9]+/g, '0');
}
