/**
 * The supervisor consists of parts with a common lifecycle. `assembly/assemble.ts` builds them; `part-list.ts` starts
 * and closes them in order.
 *
 *      made ──▶ restoreAfterReexec ──▶ start ──▶ effects, jobGone ... ──▶ saveForReexec ──▶ close
 */
import type { CoreEffect, JobRef } from '../core/contract.js';

export type EffectKind = CoreEffect['kind'];

export type EffectOf<Kind extends EffectKind> = Extract<CoreEffect, { kind: Kind }>;

type Carry<Kind extends EffectKind> = (effect: EffectOf<Kind>) => void;

/** The handlers of one kind of effect, by lane of the engine. */
export type Lanes<Kind extends EffectKind> =
  | { readonly act: Carry<Kind>; readonly report?: Carry<Kind> }
  | { readonly act?: Carry<Kind>; readonly report: Carry<Kind> };

/** Handlers for all of these kinds of effects. */
export type Effects<Kind extends EffectKind> = { readonly [K in Kind]: Lanes<K> };

/** Effects that any number of parts handle, in the order of the list. */
export type NewsKind = 'event' | 'job-changed' | 'latches-changed';

/** Effects that exactly one part each handles. All parts learn of the end of a job through `jobGone`. */
export type WorkKind = Exclude<EffectKind, NewsKind | 'job-gone'>;

export interface Part {
  /** the effects that it handles */
  readonly effects?: Partial<Effects<WorkKind | NewsKind>>;
  /** After a re-exec, before jobs are recovered: receives what `saveForReexec` returned before it. */
  restoreAfterReexec?(saved: never): void;
  /**
   * Starts to act. Jobs of a previous supervisor have been recovered by now.
   * @param isNew there were none to recover: this is the first supervisor since boot, or since an orderly shutdown; or the one
   *   before has started nothing yet
   */
  start?(isNew: boolean): void;
  /** Releases what belongs to a job that has ended. The same job may be started again in this turn. */
  jobGone?(job: JobRef): void;
  /**
   * Before a re-exec: returns what the new program passes to `restoreAfterReexec`. Closes nothing, since the re-exec may fail.
   */
  saveForReexec?(): unknown;
  /** Releases all resources; jobs keep running. Called once, in the reverse order of `start`. */
  close?(): void;
}
