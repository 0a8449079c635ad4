/**
 * Finds the process that a job's PID file names after main has ended, and what foster knows of it
 * (tracker/follower/attachment.ts).
 */
import { statSync } from 'node:fs';
import type { ProcReader } from '../../kernel/kernel.js';
import { isLiving, readUids } from '../../kernel/proc/process-status.js';
import { findPathFault } from '../../kernel/files/path-trust.js';
import type { UnrelatedProcess, Writers } from '../../tracker/follower/attachment.js';
import type { PidFileTarget } from '../../tracker/follower/evidence.js';
import type { Process } from '../../tracker/model.js';
import { pidIn } from './pid-file.js';
import { isCodedError } from '../../kernel/errno.js';

/** Start times in /proc have ticks of 10 ms (proc_pid_stat(5)). */
const TICK = 1e7;

interface PidFileContext {
  readonly proc: Pick<ProcReader, 'stat' | 'arguments' | 'executable' | 'suspended'>;
  /** the supervisor's own */
  readonly self: { readonly pid: number; readonly uid: number };
  /** the process of a lineage with this pid, and whether it is alive and belongs to the job */
  readonly known: (pid: number) => { readonly process: Process; readonly isOfJob: boolean } | undefined;
}

/**
 * @param path of the PID file
 * @param former main, which has ended
 * @param jobUid of the job's user
 */
export function readPidFileTarget(
  path: string,
  former: number,
  jobUid: number,
  options: PidFileContext,
): PidFileTarget | undefined {
  const pid = read(path);
  if (pid === 'empty') return { kind: 'soon', why: 'empty' };
  if (pid === undefined) return undefined;
  if (pid === former) return { kind: 'soon', why: 'stale' };
  const known = options.known(pid);
  if (known?.isOfJob === true) return { kind: 'process', process: known.process };
  return look({ path, pid, jobUid, isKnown: known !== undefined }, options);
}

function read(path: string): number | 'empty' | undefined {
  try {
    return statSync(path).size === 0 ? 'empty' : pidIn(path);
  } catch (error) {
    // missing or unreadable: it names no process
    if (isCodedError(error)) return undefined;
    throw error;
  }
}

interface Named {
  readonly path: string;
  /** in the file */
  readonly pid: number;
  readonly jobUid: number;
  /** in some lineage */
  readonly isKnown: boolean;
}

function look(
  { path, pid, jobUid, isKnown }: Named,
  { proc, self }: PidFileContext,
): PidFileTarget | undefined {
  const stat = proc.stat(pid);
  const uids = readUids(pid);
  if (stat === undefined || uids === undefined || !isLiving(stat)) return undefined;
  const never = neverMain(pid, stat.parent, isKnown, self.pid);
  const stranger: UnrelatedProcess = {
    path,
    pid,
    born: stat.startTime * TICK - proc.suspended(),
    session: stat.session,
    program: { argv: proc.arguments(pid), executable: proc.executable(pid) },
    uids,
    writers: writersOf(path, self.uid, jobUid),
    ...(never !== undefined && { refusedBecause: never }),
  };
  return { kind: 'stranger', stranger };
}

/** Returns who can change the file. root and foster's own user are always trusted. */
function writersOf(path: string, own: number, job: number): Writers {
  const groups = [0];
  if (findPathFault(path, { users: [0, own], groups }) === undefined) return { kind: 'root' };
  const fault = findPathFault(path, { users: [0, own, job], groups });
  return fault === undefined
    ? { kind: 'job', uid: job }
    : { kind: 'others', why: `${fault.path} ${fault.reason}` };
}

/** kthreadd, the parent of all kernel threads */
const KTHREADD = 2;

function neverMain(pid: number, parent: number, isKnown: boolean, self: number): string | undefined {
  if (pid === self || pid === 1) return 'it is an init';
  if (isKnown) return 'it is of another job, or of an earlier run';
  return parent === KTHREADD ? 'it is a kernel thread' : undefined;
}
