/** The properties of a process that rules match. */
import { join, posix } from 'node:path';
import type { ProcReader } from '../kernel/kernel.js';
import { readIdentity } from '../kernel/proc/process-status.js';
import { readProcLink } from '../kernel/proc/proc-file.js';

export interface Subject {
  readonly pid: number;
  /** effective ids, which decide about permissions */
  readonly uid: number;
  readonly gid: number;
  /** the path of its program or script; otherwise its comm */
  readonly name: string;
}

/** The kernel's limit for comm (TASK_COMM_LEN minus the NUL). */
const COMM_LENGTH = 15;

export interface NameParts {
  readonly comm: string;
  /** undefined for a kernel thread, or if it may not be read */
  readonly executable: string | undefined;
  readonly argv: () => readonly string[];
  readonly directory: () => string | undefined;
}

/** Returns the name of a process by cgrulesengd's rule, found by experiment. Pure. */
export function processName({ comm, executable, argv, directory }: NameParts): string {
  if (executable === undefined) return comm;
  const isCalled = (path: string): boolean => posix.basename(path).slice(0, COMM_LENGTH) === comm;
  if (isCalled(executable)) return executable;
  // an interpreter: comm is the script's name, and one of the arguments its path
  const script = argv().find((word) => isCalled(word.replace(/^-/, '')));
  if (script === undefined) return comm;
  return script.startsWith('/') ? script : join(directory() ?? '/', script);
}

/** Returns undefined if the process is gone. */
export function readSubject(
  pid: number,
  proc: Pick<ProcReader, 'executable' | 'arguments'>,
): Subject | undefined {
  const identity = readIdentity(pid);
  if (identity === undefined) return undefined;
  const { comm, uid, gid } = identity;
  const name = processName({
    comm,
    executable: proc.executable(pid),
    argv: () => proc.arguments(pid) ?? [],
    directory: () => readProcLink(`/proc/${pid}/cwd`),
  });
  return { pid, uid, gid, name };
}
