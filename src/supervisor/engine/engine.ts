/**
 * The loop round the pure core: takes inputs in order, has each effect carried out, and feeds what follows from it back.
 * Nothing is re-entrant: an input that arises while effects are carried out waits its turn.
 *
 * There are two lanes. What has to be done is done at once, and its answers go back into the core until none is left; what
 * is only to be reported comes after that, in order (report-lane.ts). So nothing is logged or shown between the death of a
 * service and its next start.
 */
import type { Core } from '../core/core.js';
import type { CoreEffect, CoreInput, Milliseconds } from '../core/contract.js';
import type { EffectKind, Effects } from './part.js';
import type { ReportLane } from './report-lane.js';

/** What carries out each kind of effect; a missing one does not compile. */
export type EffectHandlers = Effects<EffectKind>;

export class Engine {
  readonly #inputs: CoreInput[] = [];
  #effects: CoreEffect[] = [];
  #running = false;
  #handlers: EffectHandlers | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(
    private readonly core: Core,
    private readonly now: () => Milliseconds,
    private readonly lane: ReportLane,
  ) {}

  /** Whoever carries out effects has been made, each with `submit`. Inputs that came before have waited. */
  connect(handlers: EffectHandlers): void {
    this.#handlers = handlers;
    this.#run();
  }

  /**
   * Takes an input; all that had to be done about it has been done on return, unless effects are being carried out. Reports
   * may follow a moment later.
   */
  readonly submit = (input: CoreInput): void => {
    this.#inputs.push(input);
    this.#run();
  };

  /** Carries out effects that did not come from an input (jobs taken back from a former supervisor). */
  carryOut(effects: readonly CoreEffect[]): void {
    this.#effects.push(...effects);
    this.#run();
  }

  #run(): void {
    const handlers = this.#handlers;
    if (this.#running || handlers === undefined) return;
    this.lane.turn(() => {
      this.#running = true;
      try {
        this.#runToEnd(handlers);
      } finally {
        // before the reports are delivered: what follows from one of them is an input like any other
        this.#running = false;
      }
    });
  }

  #runToEnd(handlers: EffectHandlers): void {
    for (;;) {
      const effects = this.#effects;
      this.#effects = [];
      for (const effect of effects) this.#carryOut(effect, handlers);
      const input = this.#inputs.shift();
      if (input === undefined) return;
      this.#effects = this.core.step(input, this.now());
    }
  }

  #carryOut(effect: CoreEffect, handlers: EffectHandlers): void {
    // the table has handlers for exactly this kind; the compiler cannot follow the two through one index
    const { act, report } = handlers[effect.kind] as {
      readonly act?: (effect: CoreEffect) => void;
      readonly report?: (effect: CoreEffect) => void;
    };
    if (effect.kind === 'reply') this.lane.expedite();
    if (report !== undefined) this.lane.add(() => report(effect));
    act?.(effect);
    if (effect.kind === 'spawn') this.#spawned();
  }

  #spawned(): void {
    this.lane.programStarted();
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.core.turned();
    });
  }
}
