import type { Copies } from '../core/copies.js';
import type { SourceName } from '../../tracker/sources/source.js';
import type { GroupStatus } from '../cgroup/job-groups.js';
import type { JobFile } from '../config/job-files.js';
import type { Goal, State } from '../core/contract.js';
import type { UnknownStatus } from '../core/wait-status.js';
import type { HealthState } from '../health/judge.js';
import type { Cause, Sequel } from '../core/model.js';

/** ISO 8601 with milliseconds, UTC */
export type Timestamp = string;

export type ExitReport = {
  readonly at: Timestamp;
  /** why foster ended it, if it did not do its work: `unhealthy: 3 checks in a row have failed` */
  readonly because?: string;
} & (
  | { readonly status: number }
  | { readonly signal: string }
  /** the status is unknown, for this reason; `at` is when foster noticed the end */
  | { readonly unknown: UnknownStatus }
);

interface HealthReport {
  readonly state: HealthState;
  /** checks in a row that have failed */
  readonly failures: number;
  /** what the last check found, and when */
  readonly last?: { readonly ok: boolean; readonly text: string; readonly at: Timestamp };
}

/** A process of a job that a debugger or strace traces. */
interface TracedProcess {
  readonly pid: number;
  readonly tracer: number;
  /** the tracer's name, as in /proc/PID/comm; null if it has just exited */
  readonly tracerName: string | null;
}

export interface JobStatus {
  readonly name: string;
  readonly instance: string;
  readonly goal: Goal;
  readonly state: State;
  /** when the present state began */
  readonly since: Timestamp;
  /** the launcher while launching; null when there is none */
  readonly main: number | null;
  readonly launcher: number | null;
  /** living processes of the job besides main that a stop ends */
  readonly members: readonly number[];
  /** living processes that detached themselves and outlive a stop */
  readonly detached: readonly number[];
  /** living processes of the job, by their role, in Upstart's order of display (main first) */
  readonly processes: readonly { readonly process: string; readonly pid: number }[];
  readonly tracker: SourceName;
  readonly respawns: number;
  /** how the last main ended */
  readonly exit: ExitReport | null;
  /** what the job waits for, in words, for instance `pre-start process (812) to end, at most 60 s` */
  readonly waitingFor?: string;
  /** main has ended too often: the job backs off, and foster starts it again at this time */
  readonly respawnAt?: Timestamp;
  /** why the last run failed: `main process (812) terminated with status 1` */
  readonly failure?: string;
  /**
   * processes that may belong to the job; after a crash, foster cannot tell, and does not start the job while they
   * live
   */
  readonly unclear?: readonly number[];
  /** main is a guess among these processes: the follower could not tell them apart */
  readonly ambiguous?: readonly number[];
  /** main does not descend from anything that foster started; the job's PID file names it */
  readonly attached?: 'pid file';
  /** what its health checks found */
  readonly health?: HealthReport;
  /** what the job reports about itself (STATUS of sd_notify(3)) */
  readonly statusText?: string;
  /** what it reports that it is doing (RELOADING, STOPPING) */
  readonly doing?: 'reloading' | 'stopping';
  /** its control groups and what they use, if it has a `cgroup` stanza */
  readonly cgroup?: GroupStatus;
  /** living processes under a tracer: they are slow, and may be stopped */
  readonly traced?: readonly TracedProcess[];
  /** the last process that a core-dumping signal killed, whether or not its limits let it write a core file */
  readonly coreDump?: { readonly pid: number; readonly at: Timestamp };
  readonly description?: string;
  /** of a job with `instances`: the wanted number, and the number of the first */
  readonly copies?: Copies;
  /** when its schedule starts it next */
  readonly nextStart?: Timestamp;
  /** it does not start automatically, because of `manual` or `foster disable` */
  readonly manual?: true;
  /** the file that defines it; absent for COMMAND of `foster init` */
  readonly file?: JobFile;
  /** when main was started or took over */
  readonly mainSince?: Timestamp;
  /** what started and stopped it, and how its last mains ended */
  readonly history?: HistoryReport;
}

/** See core/model/history.ts. */
interface HistoryReport {
  readonly started?: DecisionReport;
  readonly stopped?: DecisionReport;
  /** oldest first */
  readonly mains: readonly PastMainReport[];
}

export type DecisionReport = { readonly at: Timestamp } & Cause;

export type PastMainReport = ExitReport & {
  readonly pid: number;
  readonly since: Timestamp;
  readonly sequel: Sequel;
};
