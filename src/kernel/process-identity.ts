/** Name and effective ids of a process: the first lines of /proc/PID/status (proc_pid_status(5)), read fast. */
import { readProcRecord } from './proc-file.js';

export interface ProcessIdentityFacts {
  readonly comm: string;
  /** effective */
  readonly uid: number;
  readonly gid: number;
}

/** undefined when the process is gone */
export function readIdentity(pid: number): ProcessIdentityFacts | undefined {
  const file = readProcRecord(`/proc/${pid}/status`);
  return file === undefined ? undefined : parseIdentity(file.toString('utf8'));
}

/** The third word of `Uid:` and `Gid:` is the effective one. */
export function parseIdentity(text: string): ProcessIdentityFacts | undefined {
  const match = /^Name:\t(.*)\n[^]*?^Uid:\t\d+\t(\d+)[^]*?^Gid:\t\d+\t(\d+)/m.exec(text);
  if (match === null) return undefined;
  const [, comm = '', uid, gid] = match;
  // the kernel writes a line break and a backslash in comm as `\n` and `\\`
  const name = comm.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
  return { comm: name, uid: Number(uid), gid: Number(gid) };
}
