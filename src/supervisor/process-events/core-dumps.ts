/**
 * Which process of a job has last dumped core, for `status`. The connector tells of it; with the other sources the wait
 * status of the process does, once it has ended. Pure.
 */
import type { CoredumpEvent, Nanoseconds, ProcessEvent } from '../../tracker/events.js';

export interface CoreDump {
  readonly pid: number;
  readonly time: Nanoseconds;
}

/** In a wait status: it has dumped core (wait(2), WCOREDUMP) */
const CORE_DUMPED = 0x80;

export class CoreDumps {
  readonly #last = new Map<string, CoreDump>();

  /** @returns the event that the source has left out: a core dump that only the status of this exit tells of */
  observe(job: string, event: ProcessEvent): CoredumpEvent | undefined {
    if (event.type === 'coredump') {
      this.#last.set(job, { pid: event.pid, time: event.time });
      return undefined;
    }
    if (event.type !== 'exit' || !hasDumped(event.status)) return undefined;
    const { pid, time } = event;
    if (this.#last.get(job)?.pid === pid) return undefined;
    this.#last.set(job, { pid, time });
    return { type: 'coredump', pid, time };
  }

  get all(): ReadonlyMap<string, CoreDump> {
    return this.#last;
  }

  restore(job: string, dump: CoreDump): void {
    this.#last.set(job, dump);
  }

  of(job: string): CoreDump | undefined {
    return this.#last.get(job);
  }
}

function hasDumped(status: number | undefined): boolean {
  return status !== undefined && (status & 0x7f) !== 0 && (status & CORE_DUMPED) !== 0;
}
