/** What scans remember of a process of the lineage, to tell later what has changed. */
import type { Nanoseconds } from '../events.js';
import type { ProcessDetails, SeenProcess } from './snapshot.js';

export interface LastSeen {
  /** when it was seen so */
  readonly at: Nanoseconds;
  readonly startTime: number;
  readonly started: Nanoseconds;
  readonly comm: string;
  readonly stackStart: number | undefined;
  readonly executable: string | undefined;
  /** the command line when it was last seen: its arguments, or the title that it has given itself */
  readonly title: readonly string[] | undefined;
  /** what it was marked with (mark.ts) when it was first seen */
  readonly mark: number | undefined;
}

/** By pid; `startTime` says of which process. */
export type LastSeenProcesses = Map<number, LastSeen>;

/** Remembers a living process. What may not be read any more (it has changed its uid since) stays as it was read before. */
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
 * Whether a process runs another program image than at its sighting; undefined where its stack may not be seen and the
 * rest does not tell. A title is no program: processes name themselves as they like.
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
 * Whether two command lines are the same, digits aside: titles count connections and name pids
 * (`sshd: /usr/sbin/sshd [listener] 0 of 10-100 startups`).
 */
export function isSameTitle(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === undefined || a.length !== b?.length) return false;
  return a.every((word, index) => withoutDigits(word) === withoutDigits(b[index]!));
}

function withoutDigits(text: string): string {
  return text.replace(/[0-9]+/g, '0');
}
