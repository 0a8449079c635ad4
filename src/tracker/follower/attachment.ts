/**
 * When a process outside the lineage becomes main: an administrator has started the daemon anew by hand, and the job's PID
 * file says so (`haproxy -sf $(cat PID)`).
 *
 * Foster will signal it. So a job may name only what its own user could signal, unless nobody but root can write the file.
 */
import type { Nanoseconds } from '../events.js';
import type { Image, Process } from '../model.js';
import { runsProgramOf } from '../lineage/program.js';

/** Who can change what a file says, its whole path considered. */
export type Writers =
  | { readonly kind: 'root' }
  /** nobody but root and the job's user */
  | { readonly kind: 'job'; readonly uid: number }
  /** `/tmp/x is writable by others` */
  | { readonly kind: 'others'; readonly why: string };

/** A living process that a PID file names and that is of no lineage, as it was found. */
export interface UnrelatedProcess {
  readonly path: string;
  readonly pid: number;
  readonly born: Nanoseconds;
  readonly session: number;
  readonly program: Pick<Image, 'argv' | 'executable'>;
  /** real, effective, saved, of the file system */
  readonly uids: readonly number[];
  readonly writers: Writers;
  /** foster itself, a kernel thread, a process of another job: never */
  readonly refusedBecause?: string;
}

/** Why a stranger does not become main after this one; undefined when it does. In words, for the log. */
export function refusal(stranger: UnrelatedProcess, main: Process): string | undefined {
  const why = reasonAgainst(stranger, main);
  return (
    why &&
    `${stranger.path} names process ${stranger.pid}, which is none of the job: ${why}; it is left alone`
  );
}

function reasonAgainst(
  { program, uids, writers, refusedBecause }: UnrelatedProcess,
  main: Process,
): string | undefined {
  if (refusedBecause !== undefined) return refusedBecause;
  if (!runsProgramOf(program, main.image)) return `it runs ${program.executable ?? 'an unknown program'}`;
  switch (writers.kind) {
    case 'root':
      return undefined;
    case 'others':
      return writers.why;
    case 'job':
      return uids.length === 4 && uids.every((uid) => uid === writers.uid)
        ? undefined
        : `the file is the job's own (uid ${writers.uid}), and the process has the uids ${uids.join(', ')}`;
  }
}
