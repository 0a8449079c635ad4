/**
 * Handles a run directory that was emptied between a crash of foster and the next start. Records, FIFOs and
 * the secret of marks are gone, and nothing proves which processes belong to jobs. Some traces can only come
 * from root or the job's own user: they show which jobs must not be started beside running processes. foster
 * never signals these processes.
 *
 * A process counts if it bears a mark (of an unknown secret), its ancestors lead to the process that adopts
 * foster's orphans, and
 * - its standard output or error is a FIFO in the run directory, opened through foster's own mount of it:
 *   only foster makes FIFOs there, and only the job's user or the job's processes can have it open; or
 * - its environment names the job and this very foster, and all four of its user ids are the job's: only that
 *   user or root can write it.
 */
import { basename, dirname, join } from 'node:path';
import type { ProcReader } from '../../kernel/kernel.js';
import { readProcFile, readProcLink } from '../../kernel/proc/proc-file.js';
import { jobKey } from '../../tracker/job-key.js';
import { jobMarkerOf, runsAs } from '../../tracker/scan/orphan-evidence.js';
import { isAnyMark } from '../../tracker/scan/mark.js';
import { jobOfFileName } from './job-file-name.js';

/** What the kernel appends to the name of a removed file (proc(5)). */
const REMOVED = ' (deleted)';

/** Names of the FIFOs: of both streams, and of standard error alone. */
const FIFO_ENDINGS = ['.out', '.err'] as const;

export interface EmptiedDirectory {
  /** its path, under which the FIFOs were opened */
  readonly path: string;
  /** an open descriptor of it */
  readonly descriptor: number;
  /** path of the control socket, which every process of a job gets */
  readonly socket: string;
}

interface Survivors {
  readonly proc: Pick<ProcReader, 'pids' | 'stat' | 'isAlive' | 'realtimeLimit' | 'uids' | 'environment'>;
  /** the user of a job's processes; undefined if unknown */
  readonly uidOf: (job: string) => number | undefined;
  /** the processes that may have adopted the orphans of the crashed foster */
  readonly reapers: ReadonlySet<number>;
}

/** Returns the processes that block jobs, by the key of the job. */
export function findSurvivors(
  directory: EmptiedDirectory,
  survivors: Survivors,
): ReadonlyMap<string, readonly number[]> {
  const { proc } = survivors;
  const marked = new Set(
    proc.pids().filter((pid) => isAnyMark(proc.realtimeLimit(pid)) && proc.isAlive(pid)),
  );
  const mount = mountOf('self', directory.descriptor);
  const own = readProcLink('/proc/self/ns/pid');
  const found = new Map<string, number[]>();
  for (const pid of marked) {
    if (readProcLink(`/proc/${pid}/ns/pid`) !== own || !isOrphaned(pid, marked, survivors)) continue;
    const job = jobByFifo(pid, directory, mount) ?? jobByEnvironment(pid, directory, survivors);
    if (job !== undefined) found.set(job, [...(found.get(job) ?? []), pid]);
  }
  return found;
}

/**
 * Tests whether it, or an ancestor, was adopted like the orphans of the crashed foster; those of a nested
 * foster were not.
 */
function isOrphaned(
  pid: number,
  marked: ReadonlySet<number>,
  { proc, reapers }: Pick<Survivors, 'proc' | 'reapers'>,
): boolean {
  const parent = proc.stat(pid)?.parent;
  if (parent === undefined) return false;
  return reapers.has(parent) || (marked.has(parent) && isOrphaned(parent, marked, { proc, reapers }));
}

function jobByFifo(pid: number, { path }: EmptiedDirectory, mount: string | undefined): string | undefined {
  for (const fd of [1, 2]) {
    const name = readProcLink(`/proc/${pid}/fd/${fd}`);
    if (name === undefined || dirname(name) !== join(path, 'output')) continue;
    const file = basename(name.endsWith(REMOVED) ? name.slice(0, -REMOVED.length) : name);
    const job = FIFO_ENDINGS.map((ending) => jobOfFileName(file, ending)).find((one) => one !== undefined);
    // in its own mount namespace, any user can make such a path
    if (job !== undefined && mount !== undefined && mountOf(pid, fd) === mount) return jobKey(job);
  }
  return undefined;
}

function jobByEnvironment(
  pid: number,
  { socket }: EmptiedDirectory,
  { proc, uidOf }: Pick<Survivors, 'proc' | 'uidOf'>,
): string | undefined {
  const environment = proc.environment(pid);
  const job = jobMarkerOf(environment);
  if (job === undefined || environment?.get('FOSTER_SOCKET') !== socket) return undefined;
  const uid = uidOf(job);
  return uid !== undefined && runsAs(proc.uids(pid), uid) ? job : undefined;
}

/**
 * Returns the number of the mount through which a descriptor was opened. Does not access the file system,
 * which may be a stranger's.
 */
function mountOf(pid: number | 'self', fd: number): string | undefined {
  const text = readProcFile(`/proc/${pid}/fdinfo/${fd}`)?.toString('latin1');
  return /^mnt_id:\t(\d+)$/m.exec(text ?? '')?.[1];
}
