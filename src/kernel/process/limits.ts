/** Sets resource limits, priority and OOM score of another process (DESIGN section 3, the gate). */

import { writeFileSync } from 'node:fs';
import { setPriority as nodeSetPriority } from 'node:os';

import { fromNodeError, systemError } from '../errno.js';
import type { ResourceLimit } from '../kernel.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';

const calls = lazily(() => ({
  prlimit: libc().declare('int', 'prlimit', ['int', 'int', 'void *', 'void *']),
}));

/** <asm-generic/resource.h>, the numbers of x86_64 and arm64; the names are those of Upstart's `limit` stanza */
const RESOURCES: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;
const RLIMIT_SIZE = 16;

const native = allocatePinned(RLIMIT_SIZE);
const view = viewOf(native);

const asNative = (value: number | 'unlimited'): bigint =>
  value === 'unlimited' ? RLIM_INFINITY : BigInt(value);

/**
 * Calls prlimit(2). @throws SystemError (EPERM: above the hard limit without CAP_SYS_RESOURCE), RangeError for an
 * unknown name
 */
export function setLimit(pid: number, limit: ResourceLimit): void {
  const number = RESOURCES[limit.resource];
  if (number === undefined) {
    throw new RangeError(`limit ${limit.resource}: expected one of ${Object.keys(RESOURCES).join(', ')}`);
  }
  view.setBigUint64(0, asNative(limit.soft), HOST_IS_LITTLE_ENDIAN);
  view.setBigUint64(8, asNative(limit.hard), HOST_IS_LITTLE_ENDIAN);
  if (calls().prlimit(pid, number, native, null) !== 0) {
    throw lastError('prlimit', `set limit ${limit.resource} ${limit.soft} ${limit.hard} of process ${pid}`);
  }
}

/** Calls setpriority(2). @param nice -20 to 19 */
export function setPriority(pid: number, nice: number): void {
  try {
    nodeSetPriority(pid, nice);
  } catch (error) {
    // node:os wraps the errno in an `info` of its own kind
    if (error instanceof Error && 'info' in error) {
      const { errno } = error.info as { errno: number };
      throw systemError('setpriority', Math.abs(errno), `set the priority of process ${pid} to ${nice}`);
    }
    throw error;
  }
}

/** @param score -1000 (never killed for lack of memory) to 1000, as in proc_pid_oom_score_adj(5) */
export function setOomScore(pid: number, score: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(score));
  } catch (error) {
    throw fromNodeError(error, `set the OOM score of process ${pid} to ${score}`);
  }
}
