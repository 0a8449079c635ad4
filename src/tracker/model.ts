/** The records of the tracker. */
import type { Nanoseconds } from './events.js';

export type Stage = 'launching' | 'settling' | 'settled';

/** To whom main may hand off: to anybody, to a process that has left main's session, or to nobody. */
export type HandOffRule = 'any' | 'session' | 'never';

/** Times of the follower, in nanoseconds. */
export interface Timing {
  /** how long after its start a program image may hand off: as long as a start may take */
  readonly start: Nanoseconds;
  /** how long after a hand-off main may hand off again: second forks come within 7 ms, so this is wide */
  readonly settle: Nanoseconds;
  /** how long after a hand-off main may hand off to a process that has left its session */
  readonly quick: Nanoseconds;
  /** how long a tie must have stood before it is called one: setsid comes within milliseconds of the hand-off */
  readonly tie: Nanoseconds;
  /** how long the exit event of a process that /proc shows dead may be missing */
  readonly unseen: Nanoseconds;
  /** how long the exit status of a main that is dead may be missing: on a busy machine, wait is late */
  readonly status: Nanoseconds;
  /** how long a new main must live for a signal that ends it not to be part of the hand-off (PR_SET_PDEATHSIG) */
  readonly doomed: Nanoseconds;
  /** how long a COMMAND's child may take to leave its session: redis calls setsid after its launcher's end */
  readonly leaving: Nanoseconds;
  /** how long a PID file may be empty: haproxy empties it, asks the old process to end, and writes it then */
  readonly writing: Nanoseconds;
  /** how long it may name the main that has ended */
  readonly stale: Nanoseconds;
  /** how often such a file, or session, is looked at meanwhile */
  readonly look: Nanoseconds;
}

/** A session as an object, not a number: session ids are recycled once a session is empty (DESIGN section 4). */
export interface Session {
  readonly id: number;
  /** the process that called setsid; undefined where only the number is known (found in /proc) */
  readonly leader: Process | undefined;
  /** its leader had exec'd a program of its own before it called setsid, as setsid(1) does, and su does not */
  readonly byOwnProgram: boolean;
  /** what has been found out of how it stands to a main of its run (belonging.ts) */
  standing: Standing | undefined;
}

/** Whether a session is a part of the job that this process is main of, or is detached from it. */
export interface Standing {
  readonly main: Process;
  readonly isPart: boolean;
  /** a script has put the session apart by setsid(1): a launcher makes its daemon in the same way */
  readonly isOnPurpose?: boolean;
}

/** The program that a process runs: its own since an exec, its creator's until then. */
export interface Image {
  /** when it was exec'd, or when the process was born with it */
  readonly since: Nanoseconds;
  /** exec'd by this very process */
  readonly own: boolean;
  /** when it was exec'd, by this process or by the creator that it was inherited from */
  readonly exec: Nanoseconds;
  readonly argv: readonly string[] | undefined;
  readonly executable: string | undefined;
}

/** The end of a process. */
export interface End {
  /** when it ended, or when foster learned of it */
  readonly at: Nanoseconds;
  /** as wait(2) gives it; undefined while, or because, nobody knows it */
  readonly status: number | undefined;
  /** it ended while foster was not running: at some time between this and `at` */
  readonly notBefore?: Nanoseconds;
}

export interface Process {
  readonly pid: number;
  readonly born: Nanoseconds;
  /** who forked it; undefined for a launcher */
  creator: Process | undefined;
  /** `creator` forked it; false once a creator between the two has been forgotten */
  direct: boolean;
  /** the launcher that it descends from (a launcher: itself) */
  readonly launcher: Process;
  /** position among all forks seen: decides "forked last" where times are equal */
  readonly order: number;
  session: Session;
  /** when it came into its session: by its own setsid, or at birth */
  sessionSince: Nanoseconds;
  image: Image;
  /** the session in which its image began: a program that daemonises leaves this one */
  imageSession: Session;
  /** how many processes it has created since its image began */
  forks: number;
  /** its exit event has been seen, or it has been reaped */
  ended: End | undefined;
  /** a forgotten creator between it and `creator` ended with a status other than 0 */
  failedAbove: boolean;
  readonly children: Set<Process>;
}

/** An end of main that may be a hand-off, and how things stood then. */
export interface Ending {
  readonly main: Process;
  readonly stage: Stage;
  /** when main took over; undefined for a launcher */
  readonly tookOver: Nanoseconds | undefined;
  /** the session that a daemon leaves */
  readonly origin: Session;
}

/** A program that was launching on the way to a candidate. */
export interface Launch {
  readonly process: Process;
  /** the session in which it began, and which a daemon leaves */
  readonly origin: Session;
}

/** Somebody who may take over. */
export interface Candidate {
  readonly process: Process;
  /** who lived when main ended, and took over at first: this process, or one of its creators that has ended since */
  readonly heir: Process;
  /** what was launched on the way to it: main, whose end is decided, and those since who were launching again */
  readonly launches: readonly [Launch, ...Launch[]];
  /** the last of its creators to end: from then on it could be main */
  readonly orphanedBy: Process;
}

export interface Successors {
  readonly candidates: readonly Candidate[];
  /** how many main left: those that lived when it ended, and had no creator that lived */
  readonly left: number;
  /** a process is dead, but its exit event has not come: what it forked may still be queued as well */
  readonly unseen: boolean;
}

export interface Choice {
  readonly best: Candidate;
  /** the best first */
  readonly candidates: readonly Candidate[];
  /** another is as good by its sessions: only the order of forks speaks for the best */
  readonly tied: boolean;
}

/** A hand-off that is looked at again, for as long as the new main is settling. */
export interface PendingChoice {
  readonly ending: Ending;
  readonly until: Nanoseconds;
  /**
   * An earlier contest. Whoever ended was one of several then, and may have been the wrong one: a helper that was taken for
   * main until it ended. One level is enough, so that a program that hands itself on for ever costs no more with each step.
   */
  readonly outer: PendingChoice | undefined;
}

/**
 * Evidence that is on its way: how main ended, the exit events of processes that are dead, whom a PID file names that is
 * being written, and the setsid of a process that has to have left its session.
 */
export interface Waits {
  status?: Nanoseconds;
  exits?: Nanoseconds;
  file?: Nanoseconds;
  leaving?: Nanoseconds;
}

/** What is known of one run. Changed only by the functions of this file. */
export interface Follower {
  readonly launcher: Process;
  main: Process;
  /** when main took over by a hand-off; undefined while it is the launcher */
  tookOver: Nanoseconds | undefined;
  /** the last of main's creators to end: before `tookOver`, if that was observed late */
  orphanedBy: Process | undefined;
  /** the hand-off to main, for looking at the choice again */
  contest: PendingChoice | undefined;
  /** the session that the daemon leaves: that in which the last program was launched on the way to main */
  origin: Session;
  /** who could have taken over at the last hand-off, main among them, while there are several and main is settling */
  choice: Choice | undefined;
  /** since when the choice is a tie, while that has not been reported */
  tiedSince: Nanoseconds | undefined;
  /** a tie has been reported since main took over */
  tieTold: boolean;
  /** foster asked main to end: whatever it does now is not a hand-off */
  endAsked: boolean;
  /** the job says of its program that it daemonises: until it has handed off, it is starting */
  handsOff: boolean;
  /** processes that bear the mark of this run after a crash, and of which nothing else proves that they are the job's */
  unclear: readonly number[];
  handOff: HandOffRule;
  /** main was found by the job's PID file, outside the lineage */
  attached: boolean;
  /** main has ended, but an exit event is missing: decided at the latest then */
  undecidedUntil: Nanoseconds | undefined;
  /** until when what is awaited, since the wait for one thing may not be spent on another */
  waits: Waits;
  /** how often it has been looked for what no event told of, since main's end */
  looks: number;
  over: boolean;
}

/** What is known of one job. While it is read, the processes are not part of any lineage yet. */
export interface JobLineage {
  /** all of the job, in the order of birth: a creator comes before what it created */
  readonly processes: readonly Process[];
  /** of the present run; undefined when there is none */
  readonly follower: Follower | undefined;
}
