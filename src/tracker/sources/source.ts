import type { WaitStatus } from '../../kernel/kernel.js';
import type { ProcessEvent } from '../events.js';
import type { TrackerView } from '../scan/known.js';

/** Best first; `auto` takes the first that works. */
const SOURCE_NAMES = ['connector', 'perf', 'ptrace', 'procfs'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];
export const SOURCE_CHOICES = ['auto', ...SOURCE_NAMES] as const;

/** The result of a source's self-test, for `foster doctor`, the log and `status`. */
export type SelfTest =
  | { readonly works: true; readonly detail: string }
  | { readonly works: false; readonly reason: string; readonly remedy: string };

/** The properties that distinguish sources. */
export interface SourceCapabilities {
  /**
   * One queue has every event, in the kernel's order: once an exit has been read, so has everything before
   * it.
   */
  readonly isOrdered: boolean;
  /** It stops the processes that it follows, and has to catch a program before its first instruction. */
  readonly traces: boolean;
  /** It reports changes of namespaces by itself. */
  readonly reportsNamespaces: boolean;
  /** It reports every process of the machine, not only those that descend from the supervisor. */
  readonly seesMachine: boolean;
  /**
   * It may lose a process whose rights an exec has changed, and then does not report that process's forks.
   */
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
 * An event source: one way to learn what processes do. All sources feed the same lineage and follower and
 * must give the same verdicts.
 *
 * Order of evidence (DESIGN section 3): the supervisor learns of an exit, calls `drain`, and only then
 * decides.
 */
export interface EventSource {
  readonly name: SourceName;
  readonly capabilities: SourceCapabilities;
  /**
   * Starts delivering. `deliver` is called from the event loop and from `drain`, in order. It may be
   * re-entered: a decision that follows from a delivery may drain.
   * @param tracker what is known so far, for a source that infers events by comparing (procfs)
   */
  start(deliver: (events: readonly ProcessEvent[]) => void, tracker: TrackerView): void;
  /** Delivers everything that the kernel has queued, before it returns. */
  drain(): void;
  /** Follows a launcher of ours from its first moment (ptrace seizes it, procfs watches it). */
  follow(pid: number): void;
  /**
   * Announces a scan of /proc, which ends with `scanFinished`. Until then, nothing may be missed, of any
   * process.
   */
  scanStarted?(): void;
  /**
   * Ends a scan, with the living processes of jobs, no matter who started them, for a source that reports only
   * known processes.
   * @param living as found by the scan, and known before
   */
  scanFinished?(living: Iterable<number>): void;
  /** Called when the job of this launcher has settled (ptrace detaches). */
  onSettled?(launcher: number): void;
  /**
   * Called when somebody starts or stops watching all processes of the machine. While they do, programs and
   * arguments of every process are wanted, and a delay of some milliseconds is acceptable.
   */
  watchMachine?(wanted: boolean): void;
  /**
   * Called for a zombie of ours before it is reaped: its /proc entry disappears with the reaping (not
   * connector).
   * @param status how it ended
   */
  beforeReap?(pid: number, status: WaitStatus): void;
  /**
   * Called when a tracee is waiting for its tracer (ptrace).
   * @param status si_status, as of `ChildChange`
   * @returns the stop signal, if the process has stopped as an untraced one would
   */
  onTrap?(pid: number, status: number): number | undefined;
  /** Returns the source that follows the job of this launcher, if that is not always this one (ptrace). */
  sourceOf?(launcher: number): SourceName;
  stop(): void;
}
