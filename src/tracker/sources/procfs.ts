/**
 * The source that works everywhere. It gets no events, so it looks at /proc whenever something must have
 * happened (an exit, a query, the start of a job) and infers the events (scan/reconcile.ts).
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { Nanoseconds, ProcessEvent } from '../events.js';
import type { TrackerView } from '../scan/known.js';
import { reconcile } from '../scan/reconcile.js';
import { rememberLastSeen, type LastSeen } from '../scan/last-seen.js';
import { detailsOf, lookAt, takeSnapshot, type SeenProcess } from '../scan/snapshot.js';
import { CAPABILITIES, type EventSource, type SelfTest } from './source.js';
import { ScanSchedule } from './scan-schedule.js';

type Deliver = (events: readonly ProcessEvent[]) => void;

interface Listening {
  readonly deliver: Deliver;
  readonly tracker: TrackerView;
}

export class ProcfsSource implements EventSource {
  readonly name = 'procfs';
  readonly capabilities = CAPABILITIES.procfs;
  #listening: Listening | undefined;
  /** launchers of jobs that are starting */
  readonly #starting = new Set<number>();
  readonly #sightings = new Map<number, LastSeen>();
  /** orphans already reported as doubtful */
  #doubtful: ReadonlySet<number> = new Set();
  /** children about to be reaped: their last state in /proc */
  #zombies: SeenProcess[] = [];
  readonly #schedule: ScanSchedule;

  /** @param readQueue delivers the events that another source has queued, for a look that covers its blind spots */
  constructor(
    private readonly kernel: Pick<Kernel, 'proc' | 'now'>,
    private readonly readQueue: () => void = () => undefined,
  ) {
    this.#schedule = new ScanSchedule(() => this.#look());
  }

  start(deliver: Deliver, tracker: TrackerView): void {
    this.#listening = { deliver, tracker };
  }

  drain(): void {
    if (this.#onlyUnrelatedExited()) this.#zombies = [];
    else this.#scan();
  }

  follow(pid: number): void {
    this.#follow(pid, (first) => this.#reportProgram(pid, first));
  }

  /**
   * Follows a launcher that another source has followed until now, which has reported its program: a second report
   * would move the exec back to the launcher's start, and what a shell has forked before it would count as the
   * daemon's own.
   */
  takeOver(pid: number): void {
    this.#follow(pid, () => undefined);
  }

  #follow(pid: number, onFirstLook: (first: LastSeen) => void): void {
    this.#starting.add(pid);
    const { proc, now } = this.kernel;
    const time = now();
    const seen = lookAt(proc, pid);
    if (seen?.dead === false) {
      const first = rememberLastSeen(seen, detailsOf(proc), time);
      this.#sightings.set(pid, first);
      onFirstLook(first);
    }
    this.#schedule.begin();
  }

  /**
   * Reports the program that a launcher runs when it is first seen. A shell with `exec PROGRAM` may have become the
   * program by then, and no later scan would see a difference. A child that makes itself a session is judged by it:
   * a shell makes none (lineage.ts).
   */
  #reportProgram(pid: number, { title, executable, started, at }: LastSeen): void {
    const program = {
      ...(title !== undefined && { argv: title }),
      ...(executable !== undefined && { executable }),
    };
    this.#listening?.deliver([{ type: 'exec', pid, time: Math.min(started, at), ...program }]);
  }

  /** Looks a few times within the next seconds, then at growing intervals. */
  scanSoon(): void {
    this.#schedule.begin();
  }

  /** Looks a last time: the present titles of main and its children will identify a binary upgrade later. */
  onSettled(launcher: number): void {
    this.#starting.delete(launcher);
    if (this.#lives(launcher)) this.#scan();
    if (this.#starting.size === 0) this.#schedule.dispose();
  }

  beforeReap(pid: number): void {
    const seen = lookAt(this.kernel.proc, pid);
    if (seen !== undefined) this.#zombies.push(seen);
  }

  stop(): void {
    this.#schedule.dispose();
    this.#listening = undefined;
  }

  /** Tests whether any process of this launcher is alive. */
  #lives(launcher: number): boolean {
    for (const process of this.#listening?.tracker.lineage.all() ?? []) {
      if (process.launcher.pid === launcher && process.ended === undefined) return true;
    }
    return false;
  }

  /**
   * Tests whether only strangers have exited. In a storm of strangers' orphans (a shell script whose orphans
   * PID 1 adopts) each look at /proc would be in vain. While a job starts, a stranger may be an intermediate
   * that was never seen alive.
   */
  #onlyUnrelatedExited(): boolean {
    const { lineage } = this.#listening?.tracker ?? {};
    if (this.#zombies.length === 0 || this.#starting.size > 0) return false;
    return this.#zombies.every(({ pid }) => lineage?.get(pid) === undefined);
  }

  #look(): Nanoseconds {
    const began = this.kernel.now();
    // an exec that this look shows, or one before it, must not come after what the program has forked since
    this.readQueue();
    this.#scan();
    for (const pid of this.#starting) {
      // nothing more can be learned of a launcher that is gone and forgotten
      if (this.#listening?.tracker.lineage.get(pid) === undefined) this.#starting.delete(pid);
    }
    return this.kernel.now() - began;
  }

  #scan(): void {
    if (this.#listening === undefined) return;
    const { deliver, tracker } = this.#listening;
    const zombies = this.#zombies;
    this.#zombies = [];
    const snapshot = takeSnapshot(this.kernel, zombies);
    const { events, doubts } = reconcile(tracker, snapshot, this.#sightings);
    for (const { orphan, launchers } of doubts) {
      if (!this.#doubtful.has(orphan)) tracker.doubt(orphan, launchers, snapshot.completeAt);
    }
    this.#doubtful = new Set(doubts.map(({ orphan }) => orphan));
    if (events.length > 0) deliver(events);
  }
}

/** Tests for /proc; the source works wherever it is mounted. */
export function testProcfs({ proc }: Pick<Kernel, 'proc'>): SelfTest {
  if (proc.stat(process.pid) === undefined) {
    return {
      works: false,
      reason: `/proc has no process ${process.pid}, which is this one`,
      remedy: 'mount the proc file system of this pid namespace: mount -t proc proc /proc',
    };
  }
  return { works: true, detail: 'wait statuses, and what /proc shows at each death' };
}
