/**
 * The loop round the pure core: takes inputs in order, has each effect carried out, and feeds what follows from it back.
 * Nothing is re-entrant: an input that arises while effects are carried out waits its turn.
 *
 * There are two lanes. What has to be done is done at once, and its answers go back into the core until none is left; what
 * is only to be reported comes after that, in order (report-lane.ts). So nothing is logged or shown between the death of a
 * service and its next start.
 */
import type { Core } from './core/core.js';
import type { CoreEffect, CoreInput, Milliseconds } from './core/contract.js';
import type { ReportLane } from './report-lane.js';

type Kind = CoreEffect['kind'];
type Carry<K extends Kind> = (effect: Extract<CoreEffect, { kind: K }>) => void;

/** What carries out one kind of effect in each lane. */
type Lanes<K extends Kind> =
  | { readonly act: Carry<K>; readonly report?: Carry<K> }
  | { readonly act?: Carry<K>; readonly report: Carry<K> };

/** What carries out each kind of effect; a missing one does not compile. */
export type EffectHandlers = { readonly [K in Kind]: Lanes<K> };

export class Engine {
  readonly #inputs: CoreInput[] = [];
  #effects: CoreEffect[] = [];
  #running = false;

  constructor(
    readonly core: Core,
    private readonly now: () => Milliseconds,
    private readonly handlers: EffectHandlers,
    private readonly lane: ReportLane,
  ) {}

  /**
   * Takes an input; all that had to be done about it has been done on return, unless effects are being carried out. Reports
   * may follow a moment later.
   */
  submit(input: CoreInput): void {
    this.#inputs.push(input);
    this.#run();
  }

  /** Carries out effects that did not come from an input (jobs taken back from a former supervisor). */
  carryOut(effects: readonly CoreEffect[]): void {
    this.#effects.push(...effects);
    this.#run();
  }

  #run(): void {
    if (this.#running) return;
    this.lane.turn(() => {
      this.#running = true;
      try {
        this.#runToEnd();
      } finally {
        // before the reports are delivered: what follows from one of them is an input like any other
        this.#running = false;
      }
    });
  }

  #runToEnd(): void {
    for (;;) {
      const effects = this.#effects;
      this.#effects = [];
      for (const effect of effects) this.#carryOut(effect);
      const input = this.#inputs.shift();
      if (input === undefined) return;
      this.#effects = this.core.step(input, this.now());
    }
  }

  #carryOut(effect: CoreEffect): void {
    // the table has handlers for exactly this kind; the compiler cannot follow the two through one index
    const { act, report } = this.handlers[effect.kind] as {
      readonly act?: (effect: CoreEffect) => void;
      readonly report?: (effect: CoreEffect) => void;
    };
    if (effect.kind === 'reply') this.lane.expedite();
    if (report !== undefined) this.lane.add(() => report(effect));
    act?.(effect);
    if (effect.kind === 'spawn') this.lane.programStarted();
  }
}
