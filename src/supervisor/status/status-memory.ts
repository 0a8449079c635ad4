import type { Timestamp } from '../api.js';
import type { Milliseconds } from '../core/contract.js';
import type { Part } from '../engine/part.js';
import type { ProcessEvents } from '../process-events/process-events.js';
import type { Remembered } from './remembered.js';
import { TimeOfDay } from './time-of-day.js';
import type { VerdictReports } from '../processes/verdict-reports.js';

/** What status shows and nothing depends on: it is the same before and after a re-exec. */
export class StatusMemory implements Part {
  readonly #timeOfDay: TimeOfDay;
  #began: Timestamp;

  constructor(
    started: Date,
    now: () => Milliseconds,
    private readonly verdicts: VerdictReports,
    private readonly processEvents: ProcessEvents,
  ) {
    this.#timeOfDay = new TimeOfDay(now);
    this.#began = started.toISOString();
  }

  /** When the first program of this process began, which others have replaced since. */
  get began(): Timestamp {
    return this.#began;
  }

  /** Time of day of a moment of the core's clock. */
  timeOf(moment: Milliseconds): Timestamp {
    return this.#timeOfDay.of(moment);
  }

  keep(): Remembered {
    return {
      began: this.#began,
      clockOffset: this.#timeOfDay.offset,
      ambiguities: this.verdicts.all,
      coreDumps: this.processEvents.coreDumps,
    };
  }

  restore({ began, clockOffset, ambiguities, coreDumps }: Remembered): void {
    this.#began = began;
    this.#timeOfDay.restore(clockOffset);
    this.verdicts.restore(ambiguities);
    this.processEvents.restoreCoreDumps(coreDumps);
  }
}
