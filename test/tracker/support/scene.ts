/**
 * A scene for tests of the tracker: processes act, the tracker observes, and what it says is kept. Every act takes 0.1 ms
 * and is observed and decided on at once, unless it happens within `together`.
 */
import type { Occupation } from '../../../src/kernel/kernel.js';
import type { Nanoseconds, ProcessEvent } from '../../../src/tracker/events.js';
import type { PidFileTarget } from '../../../src/tracker/follower/evidence.js';
import type { Process } from '../../../src/tracker/model.js';
import { Tracker } from '../../../src/tracker/tracker.js';
import type { Verdict } from '../../../src/tracker/verdict.js';

/** The supervisor's own pid in a scene. */
export const SUPERVISOR = 1;
/** The job in a scene that has only one. */
export const JOB = 'job';

const ACT: Nanoseconds = 1e5;
export const MILLISECOND: Nanoseconds = 1e6;
export const SECOND: Nanoseconds = 1e9;

/** Raw wait statuses, as wait(2) gives them. */
export const exited = (code: number): number => code << 8;
export const killed = (signal: number): number => signal;

export class Scene {
  now: Nanoseconds = 1000 * SECOND;
  readonly verdicts: Verdict[] = [];
  readonly events: ProcessEvent[] = [];
  readonly tracker: Tracker;
  /** dead for /proc although no exit event has told of it */
  readonly #vanished = new Set<number>();
  /** what /proc says of the sessions of processes that the lineage does not know */
  readonly #sessions = new Map<number, number>();
  /** what /proc says that living processes run */
  readonly #programs = new Map<number, { argv: readonly string[]; executable: string }>();
  readonly #doomed = new Set<number>();
  /** whom the job's PID file names */
  named: PidFileTarget | undefined;
  /** the supervisor has children that no event told of */
  unseenChildren = false;
  readonly #occupations = new Map<number, Occupation>();
  readonly #children = new Map<number, readonly number[]>();
  #deciding = true;

  constructor() {
    this.tracker = new Tracker(SUPERVISOR, {
      isAlive: (process) => process.ended === undefined && !this.#vanished.has(process.pid),
      sessionOf: (pid) => this.#sessions.get(pid),
      programOf: ({ pid }) => this.#programs.get(pid),
      isBeingKilled: ({ pid }) => this.#doomed.has(pid),
      namedByPidFile: () => this.named,
      hasNewChildren: () => this.unseenChildren,
      activityOf: ({ pid }) => this.#occupations.get(pid),
      childrenOf: ({ pid }) => this.#children.get(pid) ?? [],
    });
  }

  launch(pid: number, argv: readonly string[] = ['/sbin/daemon'], job = JOB): this {
    this.now += ACT;
    this.tracker.launch(job, pid, this.now, this.now, argv);
    return this.#decide();
  }

  /** From now on /proc shows this title, and this program, for the process. */
  shows(pid: number, title: string, executable: string): this {
    this.#programs.set(pid, { argv: [title], executable });
    return this;
  }

  /** A signal is pending that ends the process. */
  dooms(pid: number): this {
    this.#doomed.add(pid);
    return this;
  }

  /** From now on /proc shows that the process is busy so. */
  does(pid: number, occupation: Occupation): this {
    this.#occupations.set(pid, occupation);
    return this;
  }

  /** From now on /proc shows these children of the process. */
  hasChildren(pid: number, ...children: readonly number[]): this {
    this.#children.set(pid, children);
    return this;
  }

  fork(parent: number, child: number): this {
    return this.#act({ type: 'fork', time: this.now + ACT, parent, child });
  }

  exec(pid: number, ...argv: string[]): this {
    const executable = argv[0];
    return this.#act({
      type: 'exec',
      time: this.now + ACT,
      pid,
      ...(executable !== undefined && { argv, executable }),
    });
  }

  /** An exec that is read before /proc shows the arguments. */
  execTooEarly(pid: number, executable: string): this {
    return this.#act({ type: 'exec', time: this.now + ACT, pid, executable });
  }

  setsid(pid: number): this {
    return this.#act({ type: 'sid', time: this.now + ACT, pid });
  }

  /** The process ends; its exit event says so. */
  exit(pid: number, status = 0): this {
    return this.#act({ type: 'exit', time: this.now + ACT, pid, status });
  }

  /** The process ends, and its exit event does not know the status: perf's. */
  exitWithoutStatus(pid: number): this {
    return this.#act({ type: 'exit', time: this.now + ACT, pid });
  }

  /** The supervisor has waited for its child. */
  reap(pid: number, status = 0): this {
    this.now += ACT;
    this.tracker.reaped(pid, status, this.now);
    return this.#decide();
  }

  /** The process is dead, and /proc says so, but its exit event is still on its way. */
  vanish(pid: number): this {
    this.#vanished.add(pid);
    return this;
  }

  /** /proc says of this process, which the lineage does not know, that it is in this session. */
  sessionInProc(pid: number, session: number): this {
    this.#sessions.set(pid, session);
    return this;
  }

  /** The supervisor asks the job to stop. */
  stopAsked(job = JOB): this {
    this.tracker.endRequested(job, this.now);
    return this;
  }

  /** Everything that `acts` does is observed before anything is decided. */
  together(acts: () => void): this {
    this.#deciding = false;
    acts();
    this.#deciding = true;
    return this.#decide();
  }

  /** Time passes, and what is due is done. */
  wait(span: Nanoseconds): this {
    const until = this.now + span;
    for (
      let due = this.tracker.deadline();
      due !== undefined && due <= until;
      due = this.tracker.deadline()
    ) {
      this.now = Math.max(due, this.now);
      this.tracker.decide(this.now);
      if (this.tracker.deadline() === due) throw new Error(`the deadline ${due} is passed, and still stands`);
    }
    this.now = until;
    return this.#decide();
  }

  get main(): number | undefined {
    return this.tracker.follower(JOB)?.main.pid;
  }

  get over(): boolean {
    return this.tracker.follower(JOB)?.over ?? true;
  }

  /** What was said, in short: "main 100", "hand-off 100 101", "ambiguous 103 103,102". */
  get said(): string[] {
    return this.verdicts.map(inShort);
  }

  process(pid: number): Process {
    const process = this.tracker.lineage.get(pid);
    if (process === undefined) throw new Error(`the lineage does not know process ${pid}`);
    return process;
  }

  isDetached(pid: number): boolean {
    return this.tracker.isDetached(this.process(pid), this.now);
  }

  #act(event: ProcessEvent): this {
    this.now += ACT;
    this.tracker.observe([event], this.now);
    return this.#decide();
  }

  #decide(): this {
    if (!this.#deciding) return this;
    this.tracker.decide(this.now);
    for (const output of this.tracker.take()) {
      if (output.kind === 'verdict') this.verdicts.push(output.verdict);
      else this.events.push(output.event);
    }
    return this;
  }
}

function inShort(said: Verdict): string {
  const { verdict, pid } = said;
  switch (verdict) {
    case 'main':
    case 'detached':
      return `${verdict} ${pid}`;
    case 'hand-off':
      return `${verdict} ${pid} ${said.to}`;
    case 'died':
    case 'ended':
      return `${verdict} ${pid} ${said.status}`;
    case 'ambiguous':
      return `${verdict} ${pid} ${said.candidates.join(',')}`;
  }
}
