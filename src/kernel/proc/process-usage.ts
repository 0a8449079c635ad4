/** Reads the resource usage of a process: proc_pid_stat(5) and proc_pid_status(5). */
import { readProcFile, readProcRecord } from './proc-file.js';

export interface ProcessUsage {
  /** resident memory in bytes; pages that processes share count for each */
  readonly memory: number;
  /** processor time in microseconds */
  readonly cpu: number;
  readonly threads: number;
}

/**
 * Linux shows user space 100 ticks per second, whatever it counts internally (USER_HZ,
 * <asm-generic/param.h>).
 */
const MICROSECONDS_A_TICK = 10_000;

/**
 * Positions after the name, which may contain anything: the state is the first field there, and field 3 of
 * the line.
 */
const USER_TIME = 14 - 3;
const SYSTEM_TIME = 15 - 3;

/** Returns undefined for a process that is gone. */
export function processUsage(pid: number): ProcessUsage | undefined {
  const stat = readProcRecord(`/proc/${pid}/stat`)?.toString('latin1');
  const status = readProcFile(`/proc/${pid}/status`)?.toString('latin1');
  return stat === undefined || status === undefined ? undefined : parseProcessUsage(stat, status);
}

/** @param stat and status: the texts of the files */
export function parseProcessUsage(stat: string, status: string): ProcessUsage {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    memory: field('VmRSS') * 1024,
    cpu: (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * MICROSECONDS_A_TICK,
    threads: field('Threads'),
  };
}
