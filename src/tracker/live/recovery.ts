/**
 * Takes jobs back that a former supervisor followed: what it had saved is entered, one look at /proc shows what has happened
 * since, and only then anything is decided.
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

export interface RecoveryOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'now'>;
  readonly tracker: Tracker;
  readonly handles: ProcessHandles;
  readonly phases: Phases;
  readonly resync: () => void;
  readonly decide: () => void;
  /** has the end of a main reported */
  readonly watch: (pid: number) => void;
}

export class Recovery {
  constructor(private readonly options: RecoveryOptions) {}

  /** The secret from which the marks of processes follow: a new supervisor recognises those of the former one by it. */
  useSecret(secret: string): void {
    this.options.tracker.marks = new Marks(secret);
  }

  /**
   * Jobs of a former supervisor have been entered: finds by one look at all processes who else is theirs.
   * @param proofs what speaks for a process beside its sessions and marks
   */
  findFormerOrphans(proofs: Pick<FormerOrphans, 'uidOf' | 'jobByGroup'>): void {
    const { tracker, kernel } = this.options;
    tracker.former = { reapers: reapersOf(tracker, kernel.proc), ...proofs, unrelated: new Map() };
  }

  /**
   * These processes of jobs taken back ended while nobody looked. Decided with all else that is found out.
   * @param lastSeen when they were last known to live
   */
  foundEnded(pids: readonly number[], lastSeen: Nanoseconds): void {
    const { tracker, kernel } = this.options;
    tracker.foundEnded(pids, kernel.now(), lastSeen);
  }

  /**
   * A former supervisor started this launcher of the job, and crashed before it recorded that. It may have ended, and
   * left its daemon behind. To be reported before anybody looks at /proc.
   * @param isGone it has ended: whoever has its pid now is a stranger
   */
  foundLauncher(job: string, pid: number, born: Nanoseconds, isGone = false): Process {
    const { tracker, kernel, handles } = this.options;
    const argv = isGone ? undefined : kernel.proc.arguments(pid);
    const launcher = tracker.foundLauncher(job, pid, born, argv);
    if (isGone || !handles.isAlive(launcher)) this.foundEnded([pid], born);
    return launcher;
  }

  /**
   * The job is to have been started by this launcher.
   * @param handedOff it is what a launcher has left that nobody has seen
   */
  relaunch(launcher: Process, handedOff = false): void {
    const { tracker, kernel, phases } = this.options;
    const now = kernel.now();
    tracker.followLauncher(launcher, now, handedOff ? now : undefined);
    const { ended, pid } = launcher;
    if (ended !== undefined) tracker.foundEnded([pid], ended.at, ended.notBefore);
    phases.note({ kind: 'relaunched', pid });
  }

  /** Looks at /proc for what has happened to the processes of these jobs, without deciding anything yet. */
  scan(): void {
    this.options.resync();
  }

  /** Brings the lineage of jobs taken back up to date with /proc, and decides. Those that are our children are waited for. */
  followRecovered(mains: readonly number[]): void {
    let pids = mains;
    // a main that ended while foster was down may have been started again already: that launcher is looked at next
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
