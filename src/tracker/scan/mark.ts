/**
 * A mark that every process of a job bears, whatever becomes of its environment, its uid and its session: the soft limit
 * of real-time CPU time (RLIMIT_RTTIME). It is inherited over fork and exec, anyone may read it in /proc/PID/limits, and
 * at this height (more than 140 years without a pause, for real-time processes alone) it limits nothing.
 */
import { createHash } from 'node:crypto';
import type { Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';

const RESOURCE = 'rttime';

/** Microseconds: 142 years and more. Up to twice this, a number is exact. */
const BASE = 2 ** 52;
const HASH_BYTES = 6;

/** Enough for every machine that starts each job again and again; beyond it, marks are computed anew. */
const MARKS_KEPT = 10_000;
/** A digest takes a tenth of the time from a death to the next start. */
const marks = new Map<string, number>();

/** The mark of a job. It follows from the job's key alone, so that a restarted supervisor recognises it. */
export function markOfJob(key: string): number {
  const known = marks.get(key);
  if (known !== undefined) return known;
  const mark = BASE + createHash('sha256').update(key).digest().readUIntBE(0, HASH_BYTES);
  if (marks.size >= MARKS_KEPT) marks.clear();
  marks.set(key, mark);
  return mark;
}

/** Marks what is spawned, by setting the supervisor's own limit for that moment: a child inherits it from its birth. */
export class JobMarker {
  /** somebody has limited us ourselves (an outer foster, perhaps), or a filter forbids it: then the limit is not ours to set */
  #limited: boolean | undefined;

  constructor(private readonly kernel: Pick<Kernel, 'proc' | 'processes'>) {}

  /** Calls `spawn`, and restores the limit. */
  spawn<T>(job: string, spawn: () => T): T {
    this.#limited ??= this.kernel.proc.realtimeLimit(process.pid) !== undefined || !this.#maySet();
    if (this.#limited) return spawn();
    this.#limit(markOfJob(job));
    try {
      return spawn();
    } finally {
      this.#limit('unlimited');
    }
  }

  #maySet(): boolean {
    try {
      this.#limit('unlimited');
      return true;
    } catch (error) {
      // seccomp: what bears no mark is told by the other evidence
      if (error instanceof SystemError) return false;
      throw error;
    }
  }

  /** The soft limit alone, which everybody may raise again. */
  #limit(soft: number | 'unlimited'): void {
    this.kernel.processes.setLimit(process.pid, { resource: RESOURCE, soft, hard: 'unlimited' });
  }
}
