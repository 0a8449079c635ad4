import type { JobRef } from '../core/contract.js';
import type { EffectHandlers } from './engine.js';
import type { EffectKind, EffectOf, Lanes, NewsKind, Part, WorkKind } from './part.js';

/** Parts by name, in the order in which they start, and handle news. */
export type Parts = Readonly<Record<string, Part>>;

type EffectsOf<P> = P extends { readonly effects: infer E } ? keyof E : never;

/** Names of the parts that handle this kind of effect. */
type HandlersOf<P, Kind> = { [Name in keyof P]: Kind extends EffectsOf<P[Name]> ? Name : never }[keyof P];

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;

/** What is wrong with the table of who handles what; `never` where each kind of work has exactly one part. */
export type WrongHandlers<P> = {
  [Kind in WorkKind]: [HandlersOf<P, Kind>] extends [never]
    ? { readonly noPartHandles: Kind }
    : true extends IsUnion<HandlersOf<P, Kind>>
      ? { readonly severalPartsHandle: Kind }
      : never;
}[WorkKind];

type OneHandlerEach<P> = [WrongHandlers<P>] extends [never] ? unknown : WrongHandlers<P>;

type KeptByPart<P> = P extends { keep(): infer Kept } ? Kept : never;

/** What all parts keep over a re-exec, by their names. */
export type KeptBy<P> = {
  readonly [Name in keyof P as [KeptByPart<P[Name]>] extends [never] ? never : Name]: KeptByPart<P[Name]>;
};

export interface PartListOptions {
  /** a part has failed to close; the others have been closed all the same */
  readonly closeFailed: (name: string, error: unknown) => void;
}

/** The parts of a supervisor. An effect that no part handles, or two, does not compile. */
export class PartList<P extends Parts> {
  readonly #parts: readonly (readonly [string, Part])[];

  constructor(
    parts: P & OneHandlerEach<P>,
    private readonly options: PartListOptions,
  ) {
    this.#parts = Object.entries<Part>(parts);
  }

  /** Who handles each effect, for the engine. */
  get handlers(): EffectHandlers {
    const jobGone = ({ job }: { readonly job: JobRef }): void => {
      for (const [, part] of this.#parts) part.jobGone?.(job);
    };
    return {
      spawn: this.#only('spawn'),
      signal: this.#only('signal'),
      'expect-end': this.#only('expect-end'),
      continue: this.#only('continue'),
      'end-members': this.#only('end-members'),
      'set-timer': this.#only('set-timer'),
      'clear-timer': this.#only('clear-timer'),
      reply: this.#only('reply'),
      log: this.#only('log'),
      'essential-ended': this.#only('essential-ended'),
      event: this.#all('event'),
      'job-changed': this.#all('job-changed'),
      // in the first lane: the same job may be started again in this very turn
      'job-gone': { act: jobGone },
    };
  }

  /** @param isNew see Part.start */
  start(isNew: boolean): void {
    for (const [, part] of this.#parts) part.start?.(isNew);
  }

  /** Closes every part, the last one first. A part that throws does not keep the others from being closed. */
  close(): void {
    for (const [name, part] of [...this.#parts].reverse()) {
      try {
        part.close?.();
      } catch (error) {
        this.options.closeFailed(name, error);
      }
    }
  }

  keep(): KeptBy<P> {
    const kept = this.#parts.flatMap(([name, part]) =>
      part.keep === undefined ? [] : [[name, part.keep()] as const],
    );
    return Object.fromEntries(kept) as KeptBy<P>;
  }

  /** @param kept what `keep` has returned in the program before this one; a part of which there is nothing begins anew */
  restore(kept: { readonly [Name in keyof KeptBy<P>]: KeptBy<P>[Name] | undefined }): void {
    for (const [name, part] of this.#parts) {
      const own = kept[name as keyof typeof kept];
      if (own !== undefined) part.restore?.(own as never);
    }
  }

  #lanesOf<Kind extends WorkKind | NewsKind>(kind: Kind): readonly Lanes<Kind>[] {
    // the parts have handlers for exactly this kind; the compiler cannot follow the two through one index
    return this.#parts.flatMap(([, { effects }]) => effects?.[kind] ?? []);
  }

  #only<Kind extends WorkKind>(kind: Kind): Lanes<Kind> {
    return this.#lanesOf(kind)[0]!;
  }

  #all<Kind extends NewsKind>(kind: Kind): Lanes<Kind> {
    const lanes = this.#lanesOf(kind);
    return {
      act: inTurn(lanes.flatMap(({ act }) => act ?? [])),
      report: inTurn(lanes.flatMap(({ report }) => report ?? [])),
    };
  }
}

function inTurn<Kind extends EffectKind>(
  handlers: readonly ((effect: EffectOf<Kind>) => void)[],
): (effect: EffectOf<Kind>) => void {
  return (effect) => {
    for (const handle of handlers) handle(effect);
  };
}
