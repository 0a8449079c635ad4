/**
 * Marks every process of a job, so that it can be identified whatever its environment, uid and session
 * become. The mark is the soft limit of real-time CPU time (RLIMIT_RTTIME). It is inherited over fork and
 * exec, and anyone may read it in /proc/PID/limits. At this value (more than 140 years without a pause, for
 * real-time processes only) it limits nothing.
 *
 * Anyone may also set such a limit for their own processes. So marks are derived from a secret of the run
 * directory, and cannot be predicted. A mark can still be copied from a process that bears it, so where
 * strangers may be, it counts only together with the user ids (attribution.ts).
 */
import { createHmac } from 'node:crypto';
import type { Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';

const RESOURCE = 'rttime';

/** Microseconds: more than 142 years. Numbers are exact up to twice this. */
const BASE = 2 ** 52;
const HASH_BYTES = 6;

/**
 * Cache size: enough for a machine that restarts each job again and again; beyond it, marks are recomputed.
 */
const MARKS_KEPT = 10_000;

/** Tests whether a limit is a mark of any foster, whatever its secret. */
export function isAnyMark(limit: number | undefined): boolean {
  return limit !== undefined && limit >= BASE && limit < BASE + 2 ** (8 * HASH_BYTES);
}

/** The marks derived from one secret: the same for each supervisor that has it. */
export class Marks {
  /** A cache: a digest takes a tenth of the time from an exit to the next start. */
  readonly #known = new Map<string, number>();

  constructor(private readonly secret = '') {}

  /** Returns the mark of a job's processes. */
  ofJob(key: string): number {
    return this.#of(key);
  }

  /** Returns the mark of a hook's processes, which do not belong to the job. */
  ofHook(key: string, hook: string): number {
    return this.#of(`${key}\0${hook}`);
  }

  #of(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.secret).update(text).digest();
    const mark = BASE + digest.readUIntBE(0, HASH_BYTES);
    if (this.#known.size >= MARKS_KEPT) this.#known.clear();
    this.#known.set(text, mark);
    return mark;
  }
}

/** Marks spawned processes by setting the supervisor's own limit during the spawn: the child inherits it from birth. */
export class Marker {
  /** foster must not set the limit: foster itself has been limited (perhaps by an outer foster), or a filter forbids it */
  #limited: boolean | undefined;

  constructor(private readonly kernel: Pick<Kernel, 'proc' | 'processes'>) {}

  /** Calls `spawn` with the mark set, and restores the limit. */
  spawn<T>(mark: number, spawn: () => T): T {
    this.#limited ??= this.kernel.proc.realtimeLimit(process.pid) !== undefined || !this.#maySet();
    if (this.#limited) return spawn();
    this.#limit(mark);
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
      // seccomp: without marks, the other evidence has to suffice
      if (error instanceof SystemError) return false;
      throw error;
    }
  }

  /** Sets only the soft limit, which any process may raise again. */
  #limit(soft: number | 'unlimited'): void {
    this.kernel.processes.setLimit(process.pid, { resource: RESOURCE, soft, hard: 'unlimited' });
  }
}
