/** Milliseconds since 1970 */
type TimeOfDay = number;

/** A report, and when its cause happened. */
interface Report {
  readonly at: TimeOfDay;
  readonly deliver: () => void;
}

/** A small program takes 1 to 2 ms from posix_spawn to its first instruction. */
const START_MILLISECONDS = 2;

/**
 * The second of the engine's two lanes: reports (log, feed, status, replies). They are delivered in order, after
 * everything that foster had to *do* in the same turn.
 *
 *      turn ── acts ──▶ answers ──▶ acts ... until nothing is left to do ──▶ reports, in order
 *
 * After the start of a program, reports wait up to 2 ms longer unless a client waits for one of them. Reporting a
 * crash takes about 0.6 ms, and what looks like two processors is often two threads of one core. Callers from outside
 * go through `flush` (assembly/outside.ts), so nobody sees a state that has not been reported.
 */
export class ReportLane {
  #queue: Report[] = [];
  #acting = false;
  #delivering = false;
  #hasStarted = false;
  #isAwaited = false;
  #timer: NodeJS.Timeout | undefined;
  #at: TimeOfDay | undefined;

  /** Returns the time of day of what is being reported. */
  readonly timeOfDay = (): TimeOfDay => this.#at ?? Date.now();

  /** Delivers a report after all earlier ones; immediately if no turn runs and no report waits. */
  add(deliver: () => void): void {
    const isNext = this.#delivering || this.#queue.length === 0;
    if (!this.#acting && isNext) deliver();
    else this.#queue.push({ at: Date.now(), deliver });
  }

  /** Runs `act` and holds reports back meanwhile. Turns may nest; reports are delivered after the outermost one. */
  turn(act: () => void): void {
    if (this.#acting) return act();
    this.#acting = true;
    try {
      act();
    } catch (error) {
      // report what was done before the error, in case its handler does not flush
      this.#wait();
      throw error;
    } finally {
      this.#acting = false;
    }
    this.#endTurn();
  }

  /** Notes that a program was started in this turn. */
  programStarted(): void {
    this.#hasStarted = true;
  }

  /** Notes that a client waits for a report of this turn (a reply). */
  expedite(): void {
    this.#isAwaited = true;
  }

  /** Delivers all pending reports. Does nothing inside a turn, which is not over yet. */
  readonly flush = (): void => {
    if (this.#acting || this.#delivering) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#hasStarted = false;
    this.#deliver();
  };

  #deliver(): void {
    this.#delivering = true;
    let next = 0;
    try {
      for (let report = this.#queue[next]; report !== undefined; report = this.#queue[next]) {
        next += 1;
        this.#at = report.at;
        report.deliver();
      }
    } finally {
      this.#queue = this.#queue.slice(next);
      this.#at = undefined;
      this.#hasStarted = false;
      this.#isAwaited = false;
      this.#delivering = false;
      if (this.#queue.length > 0) this.#wait();
    }
  }

  #endTurn(): void {
    if (this.#queue.length === 0) return;
    if (this.#hasStarted && !this.#isAwaited) this.#wait();
    else this.flush();
  }

  #wait(): void {
    this.#timer ??= setTimeout(this.flush, START_MILLISECONDS);
  }
}
