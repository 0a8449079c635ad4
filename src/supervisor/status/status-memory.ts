import type { Timestamp } from '../api/job-status.js';
import type { Milliseconds } from '../core/contract.js';
import type { Part } from '../engine/part.js';
import type { ProcessEvents } from '../process-events/process-events.js';
import type { SavedStatus } from './saved-status.js';
import { TimeOfDay } from './time-of-day.js';
import type { VerdictReports } from '../processes/verdict-reports.js';

/** Keeps over a re-exec what only `status` shows. */
export class StatusMemory implements Part {
  readonly #timeOfDay: TimeOfDay;
  #startedAt: Timestamp;

  constructor(
    started: Date,
    now: () => Milliseconds,
    private readonly verdicts: VerdictReports,
    private readonly processEvents: ProcessEvents,
  ) {
    this.#timeOfDay = new TimeOfDay(now);
    this.#startedAt = started.toISOString();
  }

  /** Returns when this process was started, before any re-exec. */
  get startedAt(): Timestamp {
    return this.#startedAt;
  }

  /** Converts a time of the core's clock to time of day. */
  timeOf(moment: Milliseconds): Timestamp {
    return this.#timeOfDay.of(moment);
  }

  saveForReexec(): SavedStatus {
    return {
      began: this.#startedAt,
      clockOffset: this.#timeOfDay.offset,
      ambiguities: this.verdicts.all,
      coreDumps: this.processEvents.coreDumps,
    };
  }

  restoreAfterReexec({ began, clockOffset, ambiguities, coreDumps }: SavedStatus): void {
    this.#startedAt = began;
    this.#timeOfDay.restore(clockOffset);
    this.verdicts.restoreAfterReexec(ambiguities);
    this.processEvents.restoreCoreDumps(coreDumps);
  }
}
