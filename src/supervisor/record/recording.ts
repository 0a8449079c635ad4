/** Writes a trace of one job, line by line (tracker/trace/format.ts). */
import type { Nanoseconds, ProcessEvent } from '../../tracker/events.js';
import { eventLine, noteLine, type TraceNote } from '../../tracker/trace/write.js';

export class Recording {
  #lines = 0;

  constructor(
    private readonly now: () => Nanoseconds,
    private readonly write: (line: string) => void,
  ) {}

  /** Returns the number of lines written so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Writes events that were received together. A replay handles all of them before it decides anything. */
  events(events: readonly ProcessEvent[], received: Nanoseconds = this.now()): void {
    for (const event of events) {
      const line = eventLine(event, received);
      if (line !== undefined) this.#write(line);
    }
  }

  note(note: TraceNote, time: Nanoseconds = this.now(), received: Nanoseconds = this.now()): void {
    this.#write(noteLine(note, time, received));
  }

  /** Writes a verdict, for comparison with that of a replay. */
  verdict({ verdict, pid, reason }: { verdict: string; pid: number; reason: string }): void {
    this.note({ ev: 'note', text: `${verdict} ${pid}: ${reason}` });
  }

  #write(line: string): void {
    this.#lines += 1;
    this.write(line);
  }
}
