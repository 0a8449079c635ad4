/**
 * What the supervisor is made of: parts with one lifecycle. `assemble.ts` makes them, each with what it needs as arguments;
 * `part-list.ts` goes through them in their order.
 *
 *      made ──▶ restore (after a re-exec) ──▶ start ──▶ effects, jobGone ... ──▶ keep (before a re-exec) ──▶ close
 */
import type { CoreEffect, JobRef } from '../core/contract.js';

export type EffectKind = CoreEffect['kind'];

export type EffectOf<Kind extends EffectKind> = Extract<CoreEffect, { kind: Kind }>;

type Carry<Kind extends EffectKind> = (effect: EffectOf<Kind>) => void;

/** What carries out one kind of effect in each lane of the engine. */
export type Lanes<Kind extends EffectKind> =
  | { readonly act: Carry<Kind>; readonly report?: Carry<Kind> }
  | { readonly act?: Carry<Kind>; readonly report: Carry<Kind> };

/** Handlers of these kinds of effects, each of them. */
export type Effects<Kind extends EffectKind> = { readonly [K in Kind]: Lanes<K> };

/** Effects that any number of parts may handle, in the order of the list. */
export type NewsKind = 'event' | 'job-changed';

/** Effects that are carried out by exactly one part each. The end of a job is everybody's: `jobGone`. */
export type WorkKind = Exclude<EffectKind, NewsKind | 'job-gone'>;

export interface Part {
  /** which effects it handles, and how */
  readonly effects?: Partial<Effects<WorkKind | NewsKind>>;
  /** After a re-exec, before anything has been taken over: what `keep` returned in the program before this one. */
  restore?(kept: never): void;
  /**
   * Acts from now on. Jobs of a former supervisor have been taken over.
   * @param isNew there was no former supervisor: the first one since the machine or container began, or since an orderly end
   */
  start?(isNew: boolean): void;
  /** Releases what belongs to a job that is no more. The same job may be started again in this very turn. */
  jobGone?(job: JobRef): void;
  /** Before a re-exec: what the next program is to `restore`. Nothing may be closed: the re-exec may fail. */
  keep?(): unknown;
  /** Releases everything it has; jobs run on. Called once, in the reverse order of `start`. */
  close?(): void;
}
