/** Tracks which process traces which: the kernel names the tracer at attach, but not at detach. Pure. */
import type { ProcessEvent } from './events.js';

export class Tracers {
  readonly #tracers = new Map<number, number>();

  /** @returns the event; for a detach, with the former tracer added */
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
