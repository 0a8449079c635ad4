/** Follows a history as the procfs source does: by looks at /proc, at the moments at which the supervisor looks. */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { reconcile } from '../../../src/tracker/scan/reconcile.js';
import { rememberLastSeen, type LastSeen } from '../../../src/tracker/scan/last-seen.js';
import { Tracker } from '../../../src/tracker/tracker.js';
import type { Verdict } from '../../../src/tracker/verdict.js';
import { livesAt, type History } from '../chains/history.js';
import { MILLISECOND, SUPERVISOR } from '../support/scene.js';
import { JOB_KEY, type ProcWorld } from './proc-world.js';

/** From a death to the look at /proc; what happens meanwhile is seen with it. */
const REACTION: Nanoseconds = 0.3 * MILLISECOND;

/** When a starting job is looked at, in milliseconds after its launch; sparser than in truth, on a busy machine. */
const LOOKS = [3, 10, 25, 60, 150, 400, 1000, 4000, 16_000];

export class ScanWatch {
  readonly verdicts: Verdict[] = [];
  readonly tracker: Tracker;
  readonly #sightings = new Map<number, LastSeen>();
  readonly #looks: Nanoseconds[] = [];
  #now: Nanoseconds;

  constructor(
    private readonly history: History,
    private readonly world: ProcWorld,
  ) {
    const [launcher] = history.beings;
    // the spawn returns when the program has begun
    this.#now = launcher!.execs[0]!.at;
    this.tracker = new Tracker(SUPERVISOR, {
      isAlive: ({ pid }) => history.beings.some((being) => being.pid === pid && livesAt(being, this.#now)),
      sessionOf: (pid) => this.world.snapshot(this.#now).processes.get(pid)?.session,
    });
    this.tracker.launch(JOB_KEY, launcher!.pid, launcher!.born, launcher!.born, ['/sbin/launcher']);
    const snapshot = world.snapshot(this.#now);
    this.#sightings.set(
      launcher!.pid,
      rememberLastSeen(snapshot.processes.get(launcher!.pid)!, snapshot, this.#now),
    );
    this.#take();
  }

  /** Everything that happens, and everything that is due, in order of time. */
  run(): void {
    const launched = this.history.beings[0]!.born;
    const looks = LOOKS.map((ms) => launched + ms * MILLISECOND);
    const deaths = this.history.beings.flatMap(({ end }) => (end === undefined ? [] : [end.at + REACTION]));
    const moments = [...new Set([...looks, ...deaths])].sort((a, b) => a - b);
    for (const moment of moments) {
      this.#passUntil(moment);
      this.#now = Math.max(this.#now, moment);
      if (looks.includes(moment) || this.world.zombies(this.#now).length > 0) this.#attend();
    }
    this.#passUntil(Infinity);
  }

  #passUntil(moment: Nanoseconds): void {
    for (
      let due = this.tracker.deadline();
      due !== undefined && due <= moment;
      due = this.tracker.deadline()
    ) {
      this.#now = Math.max(due, this.#now);
      this.#attend();
    }
  }

  /** Whether anybody looked in this time. */
  looked(from: Nanoseconds, until: Nanoseconds): boolean {
    return this.#looks.some((at) => at >= from && at < until);
  }

  /** What is ended is seen before it is reaped; then all is looked at; then the deaths are told; then it is decided. */
  #attend(): void {
    this.#looks.push(this.#now);
    const ended = this.world.zombies(this.#now);
    const zombies = ended.map((being) => this.world.see(being, this.#now));
    for (const { pid } of ended) this.world.reap(pid);
    const snapshot = this.world.snapshot(this.#now, zombies);
    const view = {
      lineage: this.tracker.lineage,
      self: SUPERVISOR,
      jobOf: (process: Parameters<Tracker['jobOf']>[0]) => this.tracker.jobOf(process),
      isOther: () => false,
      marks: this.tracker.marks,
      former: undefined,
    };
    this.tracker.observe(reconcile(view, snapshot, this.#sightings).events, this.#now);
    for (const { pid, end } of ended) this.tracker.reaped(pid, end!.status, this.#now);
    this.tracker.decide(this.#now);
    this.#take();
  }

  #take(): void {
    for (const output of this.tracker.take())
      if (output.kind === 'verdict') this.verdicts.push(output.verdict);
  }
}
