import type { JobRef } from '../core/contract.js';
import type { EffectHandlers } from './engine.js';
import type { EffectKind, EffectOf, Lanes, NewsKind, Part, WorkKind } from './part.js';

/** Parts by name, in the order in which they start and receive effects. */
type Parts = Readonly<Record<string, Part>>;

type EffectsOf<P> = P extends { readonly effects: infer E } ? keyof E : never;

/** Names of the parts that handle this kind of effect. */
type HandlersOf<P, Kind> = { [Name in keyof P]: Kind extends EffectsOf<P[Name]> ? Name : never }[keyof P];

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;

/** The errors in a list of parts; `never` if exactly one part handles each kind of work. */
type WrongHandlers<P> = {
  [Kind in WorkKind]: [HandlersOf<P, Kind>] extends [never]
    ? { readonly noPartHandles: Kind }
    : true extends IsUnion<HandlersOf<P, Kind>>
      ? { readonly severalPartsHandle: Kind }
      : never;
}[WorkKind];

type OneHandlerEach<P> = [WrongHandlers<P>] extends [never] ? unknown : WrongHandlers<P>;

type SavedByPart<P> = P extends { saveForReexec(): infer Saved } ? Saved : never;

/** What the parts save for a re-exec, by their names. */
type SavedBy<P> = {
  readonly [Name in keyof P as [SavedByPart<P[Name]>] extends [never] ? never : Name]: SavedByPart<P[Name]>;
};

interface PartListOptions {
  /** called if a part fails to close; the others are closed nevertheless */
  readonly closeFailed: (name: string, error: unknown) => void;
}

/** The parts of a supervisor. If no part, or more than one, handles a kind of work, it does not compile. */
export class PartList<P extends Parts> {
  readonly #parts: readonly (readonly [string, Part])[];

  constructor(
    parts: P & OneHandlerEach<P>,
    private readonly options: PartListOptions,
  ) {
    this.#parts = Object.entries<Part>(parts);
  }

  /** Returns the handler of each effect, for the engine. */
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
      'reply-in-parts': this.#only('reply-in-parts'),
      log: this.#only('log'),
      'essential-ended': this.#only('essential-ended'),
      event: this.#all('event'),
      'job-changed': this.#all('job-changed'),
      'latches-changed': this.#all('latches-changed'),
      // in the acting lane: the same job may be started again in this turn
      'job-gone': { act: jobGone },
    };
  }

  /** @param isNew see Part.start */
  start(isNew: boolean): void {
    for (const [, part] of this.#parts) part.start?.(isNew);
  }

  /** Closes all parts, last one first, even if some of them throw. */
  close(): void {
    for (const [name, part] of [...this.#parts].reverse()) {
      try {
        part.close?.();
      } catch (error) {
        this.options.closeFailed(name, error);
      }
    }
  }

  saveForReexec(): SavedBy<P> {
    const saved = this.#parts.flatMap(([name, part]) =>
      part.saveForReexec === undefined ? [] : [[name, part.saveForReexec()] as const],
    );
    return Object.fromEntries(saved) as SavedBy<P>;
  }

  /** @param saved what `saveForReexec` returned before the re-exec; a part without an entry starts afresh */
  restoreAfterReexec(saved: { readonly [Name in keyof SavedBy<P>]: SavedBy<P>[Name] | undefined }): void {
    for (const [name, part] of this.#parts) {
      const own = saved[name as keyof typeof saved];
      if (own !== undefined) part.restoreAfterReexec?.(own as never);
    }
  }

  #lanesOf<Kind extends WorkKind | NewsKind>(kind: Kind): readonly Lanes<Kind>[] {
    // the handlers are for exactly this kind, which the compiler cannot derive from the index
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
