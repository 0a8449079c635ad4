/** Who traces whom: the kernel names the tracer when it attaches, and not when it lets go. Pure. */
import type { ProcessEvent } from './events.js';

export class Tracers {
  readonly #tracers = new Map<number, number>();

  /** @returns the event; a detach with the tracer that it is rid of */
  observe(event: ProcessEvent): ProcessEvent {
    if (event.type === 'exit') this.#tracers.delete(event.pid);
    if (event.type !== 'ptrace') return event;
    const formerTracer = this.#tracers.get(event.pid);
    if (event.tracer !== 0) {
      this.#tracers.set(event.pid, event.tracer);
      return event;
    }
    this.#tracers.delete(event.pid);
    return formerTracer === undefined ? event : { ...event, formerTracer };
  }
}
