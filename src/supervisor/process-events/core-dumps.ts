/**
 * Remembers the last process of each job that dumped core, for `status`. The connector reports core dumps. With other
 * sources, the wait status of the process shows it. Pure.
 */
import type { CoredumpEvent, Nanoseconds, ProcessEvent } from '../../tracker/events.js';

export interface CoreDump {
  readonly pid: number;
  readonly time: Nanoseconds;
}

/** The flag in a wait status (wait(2), WCOREDUMP). */
const CORE_DUMPED = 0x80;

export class CoreDumps {
  readonly #last = new Map<string, CoreDump>();

  /** @returns the event that the source did not report, if only the status of this exit shows a core dump */
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
