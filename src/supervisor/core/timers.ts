/**
 * The timers of jobs. Within a step they are only noted; `flush` turns the difference to what the runtime was last told
 * into effects, so that a timer which is set and cleared within one step costs the runtime nothing.
 */
import type { CoreEffect, Milliseconds, TimerId } from './contract.js';
import type { Job } from './model.js';

export const TIMER_KINDS = [
  /** spawned lasts too long (`start timeout`) */
  'start',
  /** nothing has changed for long enough: a hand-off has settled, or the launcher has stayed up */
  'settle',
  /** a hook lasts too long */
  'hook',
  /** the kill signal had its time */
  'kill',
  /** the back-off before a respawn is over */
  'respawn',
  /** the job's `starting` or `stopping` is held for too long */
  'event',
  /** main has given no sign of life, or has not ended after the signal for that */
  'watchdog',
] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];

interface Timer {
  readonly job: Job;
  readonly kind: TimerKind;
  readonly at: Milliseconds;
}

export type Expiry =
  | { readonly kind: 'due'; readonly job: Job; readonly timer: TimerKind }
  /** the runtime's clock ran ahead: the timer is set again */
  | { readonly kind: 'early' }
  /** cleared in the meantime, or never set */
  | { readonly kind: 'stale' };

export class TimerTable {
  readonly #wanted = new Map<TimerId, Timer>();
  readonly #told = new Map<TimerId, Milliseconds>();
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

  /** Clears all timers of a job that is no more. */
  clearAll(job: Job): void {
    for (const kind of TIMER_KINDS) this.clear(job, kind);
  }

  /** When the timer is due; undefined where it is not set. */
  dueAt(job: Job, kind: TimerKind): Milliseconds | undefined {
    return this.#wanted.get(timerId(job, kind))?.at;
  }

  /** Takes note that the runtime's timer has fired. */
  expire(id: TimerId, now: Milliseconds): Expiry {
    this.#told.delete(id);
    const timer = this.#wanted.get(id);
    if (timer === undefined) return { kind: 'stale' };
    if (now < timer.at) {
      this.#changed.add(id);
      return { kind: 'early' };
    }
    this.#wanted.delete(id);
    return { kind: 'due', job: timer.job, timer: timer.kind };
  }

  /** Those of the job that are set. */
  of(job: Job): readonly { readonly kind: TimerKind; readonly at: Milliseconds }[] {
    return TIMER_KINDS.flatMap((kind) => {
      const at = this.dueAt(job, kind);
      return at === undefined ? [] : [{ kind, at }];
    });
  }

  /** Every timer that is set, with its owner. */
  *owners(): Iterable<{
    readonly id: TimerId;
    readonly job: Job;
    readonly kind: TimerKind;
    readonly at: Milliseconds;
  }> {
    for (const [id, timer] of this.#wanted) yield { id, ...timer };
  }

  /** Appends what the runtime has to be told. */
  flush(effects: CoreEffect[]): void {
    if (this.#changed.size === 0) return;
    for (const id of this.#changed) {
      const at = this.#wanted.get(id)?.at;
      if (at === this.#told.get(id)) continue;
      if (at === undefined) {
        this.#told.delete(id);
        effects.push({ kind: 'clear-timer', timer: id });
      } else {
        this.#told.set(id, at);
        effects.push({ kind: 'set-timer', timer: id, at });
      }
    }
    this.#changed.clear();
  }
}

function timerId(job: Job, kind: TimerKind): TimerId {
  return `${kind}:${job.key}`;
}
