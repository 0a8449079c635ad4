/**
 * Decides when a process outside the lineage becomes main: an administrator has restarted the daemon by hand,
 * and the job's PID file names the new process (`haproxy -sf $(cat PID)`).
 *
 * foster will signal that process. So a job may name only a process that its own user could signal, unless
 * only root can write the file.
 */
import type { Nanoseconds } from '../events.js';
import type { Image, Process } from '../model.js';
import { runsProgramOf } from '../lineage/program.js';

/** Who can change the contents of a file, considering its whole path. */
export type Writers =
  | { readonly kind: 'root' }
  /** only root and the job's user */
  | { readonly kind: 'job'; readonly uid: number }
  /** `/tmp/x is writable by others` */
  | { readonly kind: 'others'; readonly why: string };

/** A living process that a PID file names and that belongs to no lineage, as foster found it. */
export interface UnrelatedProcess {
  readonly path: string;
  readonly pid: number;
  readonly born: Nanoseconds;
  readonly session: number;
  readonly program: Pick<Image, 'argv' | 'executable'>;
  /** real, effective, saved and file system uid */
  readonly uids: readonly number[];
  readonly writers: Writers;
  /** set if it can never become main: foster itself, a kernel thread, a process of another job */
  readonly refusedBecause?: string;
}

/** Returns why a stranger must not become main after this one, in words for the log; undefined if it may. */
export function refusal(stranger: UnrelatedProcess, main: Process): string | undefined {
  const why = reasonAgainst(stranger, main);
  return (
    why &&
    `${stranger.path} names process ${stranger.pid}, which does not belong to the job: ${why}; foster leaves it alone`
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
