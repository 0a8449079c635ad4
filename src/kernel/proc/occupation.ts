/**
 * Finds out what a process is doing, as far as /proc shows it: its wait channel (proc_pid_wchan(5)) and its
 * listening sockets.
 */
import type { Occupation } from '../kernel.js';
import { listensAlone } from './listening-sockets.js';
import { readProcRecord } from './proc-file.js';

/**
 * Kernel functions in which wait(2), sigsuspend(2) and nanosleep(2) block; these names are older than any kernel that
 * foster supports.
 */
const CHANNELS: ReadonlyMap<string, Occupation> = new Map([
  ['do_wait', 'waits'],
  ['sigsuspend', 'awaits-signal'],
  ['hrtimer_nanosleep', 'sleeps'],
  ['do_nanosleep', 'sleeps'],
  ['common_nsleep', 'sleeps'],
  ['common_nsleep_timens', 'sleeps'],
]);

/**
 * @param other a descendant: it inherited sockets that both have open
 * @returns undefined if unknown or hidden
 */
export function occupationOf(pid: number, other: number): Occupation | undefined {
  // a compiler may mark a part of a function: sigsuspend.isra.0
  const channel = readProcRecord(`/proc/${pid}/wchan`)?.toString('latin1').trim().split('.')[0];
  const occupation = channel === undefined ? undefined : CHANNELS.get(channel);
  // no shell listens, and looking for sockets is expensive
  if (occupation === 'waits') return occupation;
  return listensAlone(pid, other) === true ? 'serves' : occupation;
}
