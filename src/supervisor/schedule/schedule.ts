/** Starts scheduled jobs at their times. One timer serves all of them. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { CommandOutcome, Milliseconds } from '../core/contract.js';
import type { Report } from '../log/log.js';
import { Timetable, type SavedTimes, type Scheduled } from './timetable.js';
import { setLongTimeout, type LongTimer } from '../../long-timer.js';

/** Calls back at a time of day, and whenever the clock was set. */
interface Alarm {
  /** @param at milliseconds since 1970 */
  set(at: number): void;
  close(): void;
}

interface ScheduleOptions {
  /** milliseconds since 1970 */
  readonly timeOfDay: () => number;
  /** a clock that nobody sets and that stops while the machine is suspended */
  readonly monotonic: () => Milliseconds;
  readonly makeAlarm: (fired: () => void) => Alarm;
  readonly start: (name: string) => Promise<CommandOutcome>;
  /** data that outlive foster and a power-off */
  readonly saved: {
    read(): ReadonlyMap<string, SavedTimes>;
    write(jobs: ReadonlyMap<string, SavedTimes>): void;
  };
  readonly report: Report;
}

/** How long to wait for the boot to finish before missed times are handled. */
const CATCH_UP_LIMIT: Milliseconds = 120_000;

/**
 * A difference between the two clocks up to this comes from reading one after the other, and from adjtime(3).
 */
const TOLERANCE: Milliseconds = 1000;

export class Schedule {
  readonly #timetable = new Timetable();
  #alarm: Alarm | undefined;
  #isStarted = false;
  /** set until the saved file has been read */
  #catchUpLimit: LongTimer | undefined;
  #isCaughtUp = false;
  /** the time of day when the monotonic clock was 0 */
  #origin: number;

  constructor(private readonly options: ScheduleOptions) {
    this.#origin = options.timeOfDay() - options.monotonic();
  }

  /** Starts jobs from now on. */
  start(): void {
    this.#isStarted = true;
    this.#catchUpLimit = setLongTimeout(() => this.catchUp(), CATCH_UP_LIMIT);
    this.#setAlarm();
  }

  /**
   * Handles times of persistent schedules that were missed while foster was not running. Called once the
   * machine is up: before that, what the jobs need may be missing, and perhaps the directory of the saved
   * file, too.
   */
  catchUp(): void {
    this.#catchUpLimit?.dispose();
    this.#catchUpLimit = undefined;
    if (this.#isCaughtUp || !this.#isStarted) return;
    this.#isCaughtUp = true;
    this.#timetable.restore(this.options.saved.read(), this.options.timeOfDay());
    this.#save();
    this.#setAlarm();
  }

  /** Uses the schedules of the present job files. */
  setClasses(classes: Iterable<JobClass>): void {
    const scheduled = [...classes].flatMap(({ name, schedule, schedulePersistent }): [string, Scheduled][] =>
      schedule === undefined ? [] : [[name, { schedule, isPersistent: schedulePersistent === true }]],
    );
    this.#lookAtClock();
    this.#timetable.setSchedules(new Map(scheduled), this.options.timeOfDay());
    this.#save();
    this.#setAlarm();
  }

  /**
   * Returns when the job is due next, milliseconds since 1970; undefined without a schedule, or if it never
   * comes.
   */
  next(name: string): number | undefined {
    return this.#timetable.next(name);
  }

  close(): void {
    this.#isStarted = false;
    this.#catchUpLimit?.dispose();
    this.#alarm?.close();
    this.#alarm = undefined;
  }

  readonly #fired = (): void => {
    this.#lookAtClock();
    const due = this.#timetable.takeDue(this.options.timeOfDay());
    this.#save();
    for (const name of due) void this.#start(name);
    this.#setAlarm();
  };

  /** Saves the times, but not before the saved file has been read: it must not be overwritten. */
  #save(): void {
    if (this.#isCaughtUp) this.options.saved.write(this.#timetable.saved);
  }

  async #start(name: string): Promise<void> {
    const { start, report } = this.options;
    report('info', `${name} is started by its schedule`);
    const outcome = await start(name);
    if (outcome.ok) return;
    const reason =
      outcome.error === 'already-running' ? 'it still runs since an earlier start' : outcome.message;
    report('warn', `${name} was to be started by its schedule, which is left out this time: ${reason}`);
  }

  #lookAtClock(): void {
    const { timeOfDay, monotonic, report } = this.options;
    const now = timeOfDay();
    const origin = now - monotonic();
    const by = origin - this.#origin;
    this.#origin = origin;
    if (Math.abs(by) <= TOLERANCE) return;
    report(
      'info',
      `The clock was set, or the machine was suspended: it is ${Math.round(by / 1000)} s later at once`,
    );
    this.#timetable.clockChanged(by, now);
  }

  /** Sets the timer, if there is anything to wait for. */
  #setAlarm(): void {
    const { earliest } = this.#timetable;
    if (!this.#isStarted) return;
    if (earliest === undefined) {
      this.#alarm?.close();
      this.#alarm = undefined;
      return;
    }
    this.#alarm ??= this.options.makeAlarm(this.#fired);
    this.#alarm.set(earliest);
  }
}
