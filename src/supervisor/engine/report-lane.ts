/** Milliseconds since 1970 */
type TimeOfDay = number;

/** One thing to report, and when it happened. */
interface Report {
  readonly at: TimeOfDay;
  readonly deliver: () => void;
}

/** How long a small program takes from its start to its first instruction: 1 to 2 ms. */
const START_MILLISECONDS = 2;

/**
 * The second of the engine's two lanes: reports of what has happened (log, feed, status, replies). They are delivered in
 * order, after everything that had to be *done* in the same turn.
 *
 *      turn ── acts ──▶ answers ──▶ acts ... until nothing is left to do ──▶ reports, in order
 *
 * After the start of a program, reports wait up to 2 ms longer unless somebody waits for one of them: a death is followed
 * by some 0.6 ms of log and feed, and two processors are often the two threads of one core. So does what follows from a
 * respawn (`putOff`). Every turn begins with what was put off, and whoever looks at the supervisor from outside comes through
 * `flush` (assembly/outside.ts): nobody ever sees the state in between.
 */
export class ReportLane {
  #queue: Report[] = [];
  #putOff: (() => void)[] = [];
  #acting = false;
  #delivering = false;
  #hasStarted = false;
  #isAwaited = false;
  #timer: NodeJS.Timeout | undefined;
  #at: TimeOfDay | undefined;

  /** The time of day at which whatever is being reported happened. */
  readonly timeOfDay = (): TimeOfDay => this.#at ?? Date.now();

  /** Delivers a report after all earlier ones: at once where there is nothing to be done and none waits. */
  add(deliver: () => void): void {
    const isNext = this.#delivering || this.#queue.length === 0;
    if (!this.#acting && isNext) deliver();
    else this.#queue.push({ at: Date.now(), deliver });
  }

  /** Holds reports back while `act` runs. Turns may nest; reports are delivered after the outermost one. */
  turn(act: () => void): void {
    if (this.#acting) return act();
    this.#acting = true;
    try {
      this.resume();
      act();
    } catch (error) {
      // what has been done all the same is reported, if not by whoever answers the error
      this.#wait();
      throw error;
    } finally {
      this.#acting = false;
    }
    this.#endTurn();
  }

  /** Does the rest of a start a moment later, while the program is up: not before it, and not beside it. */
  putOff(act: () => void): void {
    this.#putOff.push(act);
    this.#hasStarted = true;
  }

  /** Does what was put off. To be called in a turn, before anything that happened since is looked at. */
  resume(): void {
    for (let act = this.#putOff.shift(); act !== undefined; act = this.#putOff.shift()) act();
  }

  /** A program has been started in this turn. */
  programStarted(): void {
    this.#hasStarted = true;
  }

  /** Somebody waits for a report of this turn: a reply. */
  expedite(): void {
    this.#isAwaited = true;
  }

  /**
   * Does what was put off, and delivers everything that waits. Does nothing inside a turn, since what happens is not over
   * then.
   */
  readonly flush = (): void => {
    if (this.#acting || this.#delivering) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#hasStarted = false;
    if (this.#putOff.length > 0) this.turn(() => undefined);
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
      if (this.#hasWork) this.#wait();
    }
  }

  get #hasWork(): boolean {
    return this.#queue.length > 0 || this.#putOff.length > 0;
  }

  #endTurn(): void {
    if (!this.#hasWork) return;
    if (this.#hasStarted && !this.#isAwaited) this.#wait();
    else this.flush();
  }

  #wait(): void {
    this.#timer ??= setTimeout(this.flush, START_MILLISECONDS);
  }
}
