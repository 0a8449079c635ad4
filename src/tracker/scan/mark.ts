/**
 * A mark that every process of a job bears, whatever becomes of its environment, its uid and its session: the soft limit
 * of real-time CPU time (RLIMIT_RTTIME). It is inherited over fork and exec, anyone may read it in /proc/PID/limits, and
 * at this height (more than 140 years without a pause, for real-time processes alone) it limits nothing.
 *
 * Anyone may also set such a limit for processes of their own. So the marks follow from a secret of the run directory, and
 * nobody can know one in advance; and since it can be copied from a process that bears it, a mark proves nothing by itself
 * where strangers may be: it counts together with the user ids (attribution.ts).
 */
import { createHmac } from 'node:crypto';
import type { Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';

const RESOURCE = 'rttime';

/** Microseconds: 142 years and more. Up to twice this, a number is exact. */
const BASE = 2 ** 52;
const HASH_BYTES = 6;

/** Enough for every machine that starts each job again and again; beyond it, marks are computed anew. */
const MARKS_KEPT = 10_000;

/** Whether a limit is a mark of some foster's, whatever secret it follows from. */
export function isAnyMark(limit: number | undefined): boolean {
  return limit !== undefined && limit >= BASE && limit < BASE + 2 ** (8 * HASH_BYTES);
}

/** The marks that follow from one secret. They are the same for each supervisor that has it. */
export class Marks {
  /** A digest takes a tenth of the time from a death to the next start. */
  readonly #known = new Map<string, number>();

  constructor(private readonly secret = '') {}

  /** Of the processes of a job. */
  ofJob(key: string): number {
    return this.#of(key);
  }

  /** Of what a hook of the job starts, which is not the job's. */
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

/** Marks what is spawned, by setting the supervisor's own limit for that moment: a child inherits it from its birth. */
export class Marker {
  /** somebody has limited us ourselves (an outer foster, perhaps), or a filter forbids it: then the limit is not ours to set */
  #limited: boolean | undefined;

  constructor(private readonly kernel: Pick<Kernel, 'proc' | 'processes'>) {}

  /** Calls `spawn`, and restores the limit. */
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
