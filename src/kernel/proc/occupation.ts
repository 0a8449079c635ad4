/** What a process is busy with, as far as /proc tells: its wait channel (proc_pid_wchan(5)) and its listening sockets. */
import type { Occupation } from '../kernel.js';
import { listensAlone } from './listening-sockets.js';
import { readProcRecord } from './proc-file.js';

/** Functions of the kernel in which wait(2) and nanosleep(2) block; their names are older than any kernel that foster runs on. */
const CHANNELS: ReadonlyMap<string, Occupation> = new Map([
  ['do_wait', 'waits'],
  ['hrtimer_nanosleep', 'sleeps'],
  ['do_nanosleep', 'sleeps'],
  ['common_nsleep', 'sleeps'],
  ['common_nsleep_timens', 'sleeps'],
]);

/**
 * @param other a descendant: sockets that both have open were inherited by it
 * @returns undefined where nothing tells, or nothing may be seen
 */
export function occupationOf(pid: number, other: number): Occupation | undefined {
  const channel = readProcRecord(`/proc/${pid}/wchan`)?.toString('latin1').trim();
  const occupation = channel === undefined ? undefined : CHANNELS.get(channel);
  // a shell that listens does not exist, and looking for sockets is dear
  if (occupation === 'waits') return occupation;
  return listensAlone(pid, other) === true ? 'serves' : occupation;
}
