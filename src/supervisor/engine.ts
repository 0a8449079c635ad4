/**
 * The loop round the pure core: takes inputs in order, has each effect carried out, and feeds what follows from it back.
 * Nothing is re-entrant: an input that arises while effects are carried out waits its turn.
 */
import type { Core } from './core/core.js';
import type { CoreEffect, CoreInput, Milliseconds } from './core/contract.js';

/** One function for each kind of effect; a missing one does not compile. */
export type EffectHandlers = {
  readonly [Kind in CoreEffect['kind']]: (effect: Extract<CoreEffect, { kind: Kind }>) => void;
};

export class Engine {
  readonly #inputs: CoreInput[] = [];
  #effects: CoreEffect[] = [];
  #running = false;

  constructor(
    readonly core: Core,
    private readonly now: () => Milliseconds,
    private readonly handlers: EffectHandlers,
    /** submits what has happened before, and has been put off */
    private readonly settle: () => void = () => undefined,
  ) {}

  /** Takes an input; it and all that follows from it has happened on return, unless effects are being carried out. */
  submit(input: CoreInput): void {
    if (!this.#running) this.settle();
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
    this.#running = true;
    try {
      for (;;) {
        this.#carryOutAll();
        const input = this.#inputs.shift();
        if (input === undefined) return;
        this.#effects = this.core.step(input, this.now());
      }
    } finally {
      this.#running = false;
    }
  }

  #carryOutAll(): void {
    const effects = this.#effects;
    this.#effects = [];
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: CoreEffect): void {
    // the table has a handler for exactly this kind; the compiler cannot follow the two through one index
    const handle = this.handlers[effect.kind] as (effect: CoreEffect) => void;
    handle(effect);
  }
}
