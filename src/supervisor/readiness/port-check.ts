import type { AwaitedPort, PortWatch } from './port-watch.js';
import type { OnReady, ReadinessCheck } from './readiness-check.js';

/** `ready port N`: a process of the job listens on this TCP port. */
export class PortCheck implements ReadinessCheck, AwaitedPort {
  #main: number | undefined;

  /** @param living the living processes of the job */
  constructor(
    readonly port: number,
    private readonly living: () => readonly number[],
    private readonly watch: PortWatch,
    private readonly seen: OnReady,
  ) {}

  start(main: number): void {
    this.#main = main;
    this.watch.add(this);
  }

  processChanged(): void {
    this.watch.checkSoon();
  }

  dispose(): void {
    this.watch.remove(this);
  }

  processes(): readonly number[] {
    const living = this.living();
    return this.#main === undefined || living.includes(this.#main) ? living : [this.#main, ...living];
  }

  onListen(): void {
    this.seen();
  }
}
