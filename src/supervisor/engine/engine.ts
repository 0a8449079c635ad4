/**
 * The loop around the pure core: passes inputs to it in order, carries out the effects, and passes their results back
 * as further inputs. It is not re-entrant: an input submitted while effects are carried out is queued.
 *
 * There are two lanes. Effects that act are carried out first, until the core has nothing more to do. Effects that
 * only report follow after that, in order (report-lane.ts). So foster logs nothing between the crash of a service and
 * its restart.
 */
import type { Core } from '../core/core.js';
import type { CoreEffect, CoreInput, Milliseconds } from '../core/contract.js';
import type { EffectKind, Effects } from './part.js';
import type { ReportLane } from './report-lane.js';

/** A handler for every kind of effect; a missing one does not compile. */
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

  /**
   * Sets the handlers, which need `submit` and so are built after the engine. Inputs submitted before are handled
   * now.
   */
  connect(handlers: EffectHandlers): void {
    this.#handlers = handlers;
    this.#run();
  }

  /**
   * Submits an input. On return foster has acted on it, unless effects were being carried out already. Reports may
   * follow a moment later.
   */
  readonly submit = (input: CoreInput): void => {
    this.#inputs.push(input);
    this.#run();
  };

  /** Carries out effects that follow from no input: those of recovered jobs. */
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
        // reset before the reports are delivered: they may submit further inputs
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
    // the handler is for exactly this kind, which the compiler cannot derive from the index
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
      this.core.loopTurned();
    });
  }
}
