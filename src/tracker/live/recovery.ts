/**
 * Recovers jobs that a former supervisor followed: enters the saved state, looks at /proc once to find out
 * what has happened since, and only then decides.
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { Nanoseconds } from '../events.js';
import type { Process } from '../model.js';
import { reapersOf } from '../scan/former-processes.js';
import type { FormerOrphans } from '../scan/known.js';
import { Marks } from '../scan/mark.js';
import type { Tracker } from '../tracker.js';
import type { ProcessHandles } from './handles.js';
import type { Phases } from './phase.js';

interface RecoveryOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'now'>;
  readonly tracker: Tracker;
  readonly handles: ProcessHandles;
  readonly phases: Phases;
  readonly resync: () => void;
  readonly decide: () => void;
  /** watches for the exit of a main */
  readonly watch: (pid: number) => void;
}

export class Recovery {
  constructor(private readonly options: RecoveryOptions) {}

  /**
   * Sets the secret from which process marks are derived. A new supervisor identifies the former one's
   * processes with it.
   */
  useSecret(secret: string): void {
    this.options.tracker.marks = new Marks(secret);
  }

  /**
   * Looks at all processes once for orphans of the recovered jobs. Call it after the jobs have been entered.
   * @param proofs evidence for a process other than its session and mark
   */
  findFormerOrphans(proofs: Pick<FormerOrphans, 'uidOf' | 'jobByGroup'>): void {
    const { tracker, kernel } = this.options;
    tracker.former = { reapers: reapersOf(tracker, kernel.proc), ...proofs, unrelated: new Map() };
  }

  /**
   * Records that these processes of recovered jobs ended while foster was not running. Decisions come later,
   * with everything else that is found.
   * @param lastSeen when they were last seen alive
   */
  foundEnded(pids: readonly number[], lastSeen: Nanoseconds): void {
    const { tracker, kernel } = this.options;
    tracker.foundEnded(pids, kernel.now(), lastSeen);
  }

  /**
   * Enters a launcher that a former supervisor started but could not record before it crashed. It may have
   * ended and left its daemon behind. Must be called before any look at /proc.
   * @param isGone it has ended: its pid now belongs to a stranger
   */
  foundLauncher(job: string, pid: number, born: Nanoseconds, isGone = false): Process {
    const { tracker, kernel, handles } = this.options;
    const argv = isGone ? undefined : kernel.proc.arguments(pid);
    const launcher = tracker.foundLauncher(job, pid, born, argv);
    if (isGone || !handles.isAlive(launcher)) this.foundEnded([pid], born);
    return launcher;
  }

  /**
   * Makes this launcher's run the job's present run.
   * @param handedOff it is the daemon of an unobserved launcher
   */
  relaunch(launcher: Process, handedOff = false): void {
    const { tracker, kernel, phases } = this.options;
    const now = kernel.now();
    tracker.followLauncher(launcher, now, handedOff ? now : undefined);
    const { ended, pid } = launcher;
    if (ended !== undefined) tracker.foundEnded([pid], ended.at, ended.notBefore);
    phases.note({ kind: 'relaunched', pid });
  }

  /** Looks at /proc for what has happened to the processes of these jobs. Decides nothing yet. */
  scan(): void {
    this.options.resync();
  }

  /**
   * Brings the lineage of recovered jobs up to date with /proc, and decides. Watches the mains that are not
   * our children.
   */
  followRecovered(mains: readonly number[]): void {
    let pids = mains;
    // a main that ended while foster was down may have been restarted already: look at that launcher next
    while (pids.length > 0) pids = this.options.phases.during({ kind: 'recover' }, () => this.#catchUp(pids));
  }

  #catchUp(mains: readonly number[]): readonly number[] {
    const { resync, watch, decide, phases } = this.options;
    resync();
    for (const pid of mains) watch(pid);
    decide();
    return phases.current.kind === 'recovering' ? phases.current.relaunched : [];
  }
}
