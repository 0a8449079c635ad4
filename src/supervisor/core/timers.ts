/**
 * The timers of jobs. Changes within a step are only recorded; `flush` turns the difference since the last
 * flush into effects. So a timer that is set and cleared within one step costs the runtime nothing.
 */
import type { CoreEffect, Milliseconds, TimerId } from './contract.js';
import type { Job } from './model.js';

export const TIMER_KINDS = [
  /** time in `spawned` (`start timeout`) */
  'start',
  /** nothing has changed for long enough: a hand-off has settled, or the launcher has stayed up */
  'settle',
  /** running time of a hook */
  'hook',
  /** time for main to end after the kill signal */
  'kill',
  /** backoff before a respawn */
  'respawn',
  /** time that the job's `starting` or `stopping` may be held */
  'event',
  /** keep-alive of main, or time to end after the signal for a missed one */
  'watchdog',
] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];

interface Timer {
  readonly job: Job;
  readonly kind: TimerKind;
  readonly at: Milliseconds;
}

type Expiry =
  | { readonly kind: 'due'; readonly job: Job; readonly timer: TimerKind }
  /** the runtime's clock ran ahead: the timer is set again */
  | { readonly kind: 'early' }
  /** cleared in the meantime, or never set */
  | { readonly kind: 'stale' };

export class TimerTable {
  readonly #wanted = new Map<TimerId, Timer>();
  readonly #flushed = new Map<TimerId, Milliseconds>();
  readonly #changed = new Set<TimerId>();

  /** Sets the job's timer of this kind, replacing one that is set. */
  set(job: Job, kind: TimerKind, at: Milliseconds): void {
    const id = timerId(job, kind);
    this.#wanted.set(id, { job, kind, at });
    this.#changed.add(id);
  }

  clear(job: Job, kind: TimerKind): void {
    const id = timerId(job, kind);
    if (this.#wanted.delete(id)) this.#changed.add(id);
  }

  /** Clears all timers of a job that no longer exists. */
  clearAll(job: Job): void {
    for (const kind of TIMER_KINDS) this.clear(job, kind);
  }

  /** Returns when the timer is due; undefined if it is not set. */
  dueAt(job: Job, kind: TimerKind): Milliseconds | undefined {
    return this.#wanted.get(timerId(job, kind))?.at;
  }

  /** Records that the runtime's timer has fired. */
  expire(id: TimerId, now: Milliseconds): Expiry {
    this.#flushed.delete(id);
    const timer = this.#wanted.get(id);
    if (timer === undefined) return { kind: 'stale' };
    if (now < timer.at) {
      this.#changed.add(id);
      return { kind: 'early' };
    }
    this.#wanted.delete(id);
    return { kind: 'due', job: timer.job, timer: timer.kind };
  }

  /** Returns the timers of the job. */
  of(job: Job): readonly { readonly kind: TimerKind; readonly at: Milliseconds }[] {
    return TIMER_KINDS.flatMap((kind) => {
      const at = this.dueAt(job, kind);
      return at === undefined ? [] : [{ kind, at }];
    });
  }

  /** Returns every timer with its owner. */
  *owners(): Iterable<{
    readonly id: TimerId;
    readonly job: Job;
    readonly kind: TimerKind;
    readonly at: Milliseconds;
  }> {
    for (const [id, timer] of this.#wanted) yield { id, ...timer };
  }

  /** Appends the changes for the runtime. */
  flush(effects: CoreEffect[]): void {
    if (this.#changed.size === 0) return;
    for (const id of this.#changed) {
      const at = this.#wanted.get(id)?.at;
      if (at === this.#flushed.get(id)) continue;
      if (at === undefined) {
        this.#flushed.delete(id);
        effects.push({ kind: 'clear-timer', timer: id });
      } else {
        this.#flushed.set(id, at);
        effects.push({ kind: 'set-timer', timer: id, at });
      }
    }
    this.#changed.clear();
  }
}

function timerId(job: Job, kind: TimerKind): TimerId {
  return `${kind}:${job.key}`;
}
