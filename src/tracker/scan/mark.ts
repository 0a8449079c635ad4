/**
 * A mark that every process of a job bears, whatever becomes of its environment, its uid and its session: the soft limit
 * of real-time CPU time (RLIMIT_RTTIME). It is inherited over fork and exec, anyone may read it in /proc/PID/limits, and
 * at this height (more than 140 years without a pause, for real-time processes alone) it limits nothing.
 */
import { createHash } from 'node:crypto';

/** The limit that is to be restored where nothing is marked. */
export const MARK_RESOURCE = 'rttime';

/** Microseconds: 142 years and more. Up to twice this, a number is exact. */
const BASE = 2 ** 52;
const HASH_BYTES = 6;

/** The mark of a job. It follows from the job's key alone, so that a restarted supervisor recognises it. */
export function markOfJob(key: string): number {
  return BASE + createHash('sha256').update(key).digest().readUIntBE(0, HASH_BYTES);
}
