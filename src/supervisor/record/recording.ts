/** A trace while it is written: what the tracker says of one job, line by line (tracker/trace/format.ts). */
import type { Nanoseconds, ProcessEvent } from '../../tracker/events.js';
import { eventLine, noteLine, type TraceNote } from '../../tracker/trace/write.js';

export class Recording {
  #lines = 0;

  constructor(
    private readonly now: () => Nanoseconds,
    private readonly write: (line: string) => void,
  ) {}

  /** How many lines have been written. */
  get lines(): number {
    return this.#lines;
  }

  /** Events that were learned of together: a replay takes all of them in before it decides anything. */
  events(events: readonly ProcessEvent[], received: Nanoseconds = this.now()): void {
    for (const event of events) {
      const line = eventLine(event, received);
      if (line !== undefined) this.#write(line);
    }
  }

  note(note: TraceNote, time: Nanoseconds = this.now(), received: Nanoseconds = this.now()): void {
    this.#write(noteLine(note, time, received));
  }

  /** What was concluded when it was recorded, to be compared with what a replay concludes. */
  verdict({ verdict, pid, reason }: { verdict: string; pid: number; reason: string }): void {
    this.note({ ev: 'note', text: `${verdict} ${pid}: ${reason}` });
  }

  #write(line: string): void {
    this.#lines += 1;
    this.write(line);
  }
}
