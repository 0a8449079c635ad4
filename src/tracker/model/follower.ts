/** What is known of one run of a job: who is main, and who may take over. Each field says how it is saved. */
import { boolean, checked, literal, nanoseconds, nullable, type Codec } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { mismatch } from '../../codec/decode-error.js';
import { field, optional, transient, variable, changing } from '../../codec/field.js';
import { record, type Recorded } from '../../codec/record.js';
import { knownProcess, processReference, session, type Process, type ProcessContext } from './process.js';

const STAGES = ['launching', 'settling', 'settled'] as const;
export type Stage = (typeof STAGES)[number];

const HAND_OFF_RULES = ['any', 'session', 'never'] as const;
/** Which processes main may hand off to: any, one that has left main's session, or none. */
export type HandOffRule = (typeof HAND_OFF_RULES)[number];

const endingRecord = record({
  main: knownProcess,
  stage: literal(...STAGES),
  /** when main took over; undefined for a launcher */
  tookOver: nullable(nanoseconds),
  /** the session that a daemon leaves */
  origin: session,
});
/** An exit of main that may be a hand-off, and the state at that moment. */
export interface MainEnd extends Recorded<typeof endingRecord> {}

const launchingRecord = record({
  process: knownProcess,
  /** the session in which it was launched, and which a daemon leaves */
  origin: session,
});
/** A program that was launching on the way to a candidate. */
export interface LaunchingProgram extends Recorded<typeof launchingRecord> {}

const launchList = list<LaunchingProgram, ProcessContext>(launchingRecord);

const launches: Codec<readonly [LaunchingProgram, ...LaunchingProgram[]], ProcessContext> = {
  write: (all, context) => launchList.write(all, context),
  read: (json, context) => {
    const [first, ...others] = launchList.read(json, context);
    return first === undefined ? mismatch('at least one program', json) : [first, ...others];
  },
};

const candidateRecord = record({
  process: knownProcess,
  /**
   * the process that was alive when main ended and took over first: this process, or one of its creators that
   * has ended since
   */
  successor: field(knownProcess, { name: 'heir' }),
  /**
   * the programs launched on the way to it: main, whose end is being decided, and those that were launching
   * again since
   */
  launches,
  /** the last of its creators to end: from then on it could be main */
  orphanedBy: knownProcess,
});
/** A process that may take over. */
export interface Candidate extends Recorded<typeof candidateRecord> {}

interface Candidates {
  readonly candidates: readonly Candidate[];
}

const choiceRecord = record({
  /** best first */
  candidates: checked(
    list<Candidate, ProcessContext>(candidateRecord),
    'at least one candidate',
    (all) => all.length > 0,
  ),
  best: transient('the first of the candidates', ({ candidates }: Candidates): Candidate => candidates[0]!),
  /** another candidate is as good by its sessions: only the order of forks decides */
  tied: boolean,
});
export interface Choice extends Recorded<typeof choiceRecord> {}

const pendingFields = { ending: endingRecord, until: nanoseconds };

/**
 * An earlier choice. One level is enough; more would grow without limit in a program that re-forks itself for
 * ever.
 */
const outerRecord = record({
  ...pendingFields,
  outer: transient('there is none beyond it', (): undefined => undefined),
});

const pendingRecord = record({
  ...pendingFields,
  /**
   * The earlier choice. The process that ended was one of its candidates, perhaps the wrong one: a helper
   * taken for main until it ended.
   */
  outer: nullable(outerRecord),
});
/** A hand-off that is reconsidered as long as the new main is settling. */
export interface PendingChoice extends Recorded<typeof pendingRecord> {}

const awaitedRecord = record({
  /** how main ended */
  status: changing(optional(nanoseconds)),
  /** the exit events of processes that are dead */
  exits: changing(optional(nanoseconds)),
  /** the target of a PID file that is being written */
  file: changing(optional(nanoseconds)),
  /** the setsid of a process that must have left its session */
  leaving: changing(optional(nanoseconds)),
});
/** Until when to wait for evidence that may still arrive. */
export interface AwaitedEvidence extends Recorded<typeof awaitedRecord> {}

interface Launched {
  readonly launcher: Process;
}

export const followerRecord = record({
  launcher: knownProcess,
  main: variable(knownProcess),
  /** when main took over by a hand-off; undefined if main is the launcher */
  tookOver: variable(nullable(nanoseconds), { initial: undefined }),
  /** the last of main's creators to end: before `tookOver`, if that was observed late */
  orphanedBy: variable(processReference, { initial: undefined, isNew: true }),
  /** the hand-off to main, for reconsidering the choice */
  pendingChoice: variable<PendingChoice | undefined, ProcessContext, unknown>(nullable(pendingRecord), {
    name: 'contest',
    initial: undefined,
    isNew: true,
  }),
  /** the session that the daemon leaves: the one in which the last program on the way to main was launched */
  origin: variable(session, { whenAbsent: ({ launcher }: Launched) => launcher.session }),
  /** the candidates of the last hand-off, main included, while there are several and main is settling */
  choice: variable<Choice | undefined, ProcessContext, unknown>(nullable(choiceRecord), {
    initial: undefined,
    isNew: true,
  }),
  /** since when the choice has been a tie that is not yet reported */
  tiedSince: variable(nullable(nanoseconds), { initial: undefined, isNew: true }),
  /** a tie has been reported since main took over */
  tieReported: variable(boolean, { name: 'tieTold', initial: false, isNew: true }),
  /** foster asked main to end: its exit is not a hand-off, whatever the status */
  endRequested: variable(boolean, { name: 'endAsked', initial: false }),
  /** the job file declares that its program daemonises: it is starting until it has handed off */
  expectsHandOff: variable(boolean, { name: 'handsOff', initial: false }),
  /**
   * processes that bear the mark of this run after a crash, with no other proof that they belong to the job
   */
  unclear: changing(transient('the next supervisor finds them by its own scan', (): readonly number[] => [])),
  handOffRule: variable(literal(...HAND_OFF_RULES), { name: 'handOff', initial: 'any', isNew: true }),
  /** main was found by the job's PID file, outside the lineage */
  attached: variable(boolean, { initial: false, isNew: true }),
  /** main has ended, but an exit event is missing: decide at this time at the latest */
  undecidedUntil: variable(nullable(nanoseconds), { initial: undefined, isNew: true }),
  /** separate limits: time spent waiting for one kind of evidence must not count for another */
  awaited: variable<AwaitedEvidence, unknown, unknown>(awaitedRecord, {
    name: 'waits',
    initial: () => ({}),
    isNew: true,
  }),
  /** how often /proc was checked for processes without events since main's end */
  evidenceChecks: changing(transient('the next supervisor scans /proc anyway', (): number => 0)),
  /** main has ended and nobody takes over; the job's members may still have to be ended */
  over: variable(boolean, { initial: false, isNew: true }),
});
/** Changed only by the functions of follower/follower.ts and decision.ts. */
export interface Follower extends Recorded<typeof followerRecord> {}

/** The processes that may take over from a main that exited with status 0. */
export interface Successors {
  readonly candidates: readonly Candidate[];
  /** how many processes main left: alive when it ended, without a living creator; with those that are no candidates */
  readonly remaining: number;
  /** a process is dead, but its exit event has not arrived: events of its forks may still be queued, too */
  readonly unseen: boolean;
}
