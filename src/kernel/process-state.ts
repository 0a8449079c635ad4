import type { ProcessStat } from './kernel.js';

/**
 * Whether what /proc/PID/stat shows is a living process. A zombie that counts more than one thread is alive: its first
 * thread has left, the others go on (proc_pid_stat(5), num_threads).
 */
export function isLiving({ state, threads }: Pick<ProcessStat, 'state' | 'threads'>): boolean {
  if (state === 'X' || state === 'x') return false;
  return state !== 'Z' || threads > 1;
}
