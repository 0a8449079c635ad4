import type { WaitStatus } from '../../kernel/kernel.js';
import type { ProcessEvent } from '../events.js';
import type { TrackerView } from '../scan/known.js';

export type SourceName = 'connector' | 'perf' | 'ptrace' | 'procfs';

/** What a source's self-test found, for `foster doctor`, the log and `status`. */
export type SelfTest =
  | { readonly works: true; readonly detail: string }
  | { readonly works: false; readonly reason: string; readonly remedy: string };

/** What distinguishes a source from the others, for whoever has to know. */
export interface SourceCapabilities {
  /** One queue has every event, in the kernel's order: once an exit has been read, so has everything before it. */
  readonly isOrdered: boolean;
  /** It stops the processes that it follows, and has to catch a program before its first instruction. */
  readonly traces: boolean;
  /** It reports changes of namespaces by itself. */
  readonly reportsNamespaces: boolean;
  /** It reports every process of the machine, not only those that descend from the supervisor. */
  readonly seesMachine: boolean;
  /** It may lose sight of a process, one whose rights an exec has changed, and then says nothing of what that one forks. */
  readonly mayMissForks: boolean;
}

export const CAPABILITIES: Readonly<Record<SourceName, SourceCapabilities>> = {
  connector: {
    isOrdered: true,
    traces: false,
    reportsNamespaces: false,
    seesMachine: true,
    mayMissForks: false,
  },
  perf: {
    isOrdered: false,
    traces: false,
    reportsNamespaces: true,
    seesMachine: false,
    mayMissForks: true,
  },
  ptrace: {
    isOrdered: false,
    traces: true,
    reportsNamespaces: false,
    seesMachine: false,
    mayMissForks: true,
  },
  procfs: {
    isOrdered: false,
    traces: false,
    reportsNamespaces: false,
    seesMachine: false,
    mayMissForks: false,
  },
};

/**
 * One way of learning what processes do. All sources feed the same lineage and follower and must give the same verdicts.
 *
 * Order of evidence (DESIGN section 3): the supervisor learns of a death, calls `drain`, and only then decides.
 */
export interface EventSource {
  readonly name: SourceName;
  readonly capabilities: SourceCapabilities;
  /**
   * Starts delivering; `deliver` is called from the event loop and from `drain`, in order; a decision
   * that follows from it may drain, so that it is called once more before it returns.
   * @param tracker what is known so far, for a source that finds out by comparing (procfs)
   */
  start(deliver: (events: readonly ProcessEvent[]) => void, tracker: TrackerView): void;
  /** Delivers everything that the kernel has queued, before it returns. */
  drain(): void;
  /** Says that `pid` is a launcher of ours, from its first moment (ptrace seizes it, procfs begins to watch it). */
  follow(pid: number): void;
  /** A scan of /proc begins, whose findings `scanned` tells. What happens meanwhile is not to be missed, whoever does it. */
  scanStarted?(): void;
  /**
   * Says which processes of jobs live, whoever has started them, for a source that tells of those alone that it knows.
   * @param living as the scan, and what was known before, has it
   */
  scanFinished?(living: Iterable<number>): void;
  /** Takes note that the job of this launcher has settled, where that makes a difference (ptrace lets go). */
  onSettled?(launcher: number): void;
  /**
   * Somebody reads along, or nobody does any more, where more can be seen than the processes of jobs: programs and arguments
   * are wanted of every process then, and some milliseconds later is soon enough.
   */
  watchMachine?(wanted: boolean): void;
  /**
   * Called for a zombie of ours before it is reaped: what /proc still knows of it goes with the reaping (not connector).
   * @param status how it ended
   */
  beforeReap?(pid: number, status: WaitStatus): void;
  /**
   * A tracee waits for its tracer (ptrace).
   * @param status si_status, as of `ChildChange`
   * @returns the stop signal, when the process has stopped as one does that nobody traces
   */
  onTrap?(pid: number, status: number): number | undefined;
  /** By which source the job of this launcher is followed, where that is not this one for all (ptrace). */
  sourceOf?(launcher: number): SourceName;
  stop(): void;
}
