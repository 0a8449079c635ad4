/** The processes of a lineage, and how they are saved. Processes refer to one another by their index in the list. */
import {
  absentable,
  boolean,
  checked,
  count,
  integer,
  nanoseconds,
  nullable,
  number,
  pid,
  string,
  type Codec,
} from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { mismatch } from '../../codec/decode-error.js';
import { field, optional, transient, variable } from '../../codec/field.js';
import { record, type Recorded } from '../../codec/record.js';

/** The context for reading and writing a process: how to find the other processes it refers to. */
export interface ProcessContext {
  /** -1 for a process that is not in the list */
  readonly indexOf: (process: Process) => number;
  readonly processes: readonly Process[];
  /** sessions by leader: a session is one object for all its processes */
  readonly sessions: Map<Process | undefined, Session[]>;
  /** the process that is being read */
  readonly current: Process | undefined;
}

const index = integer(-1, undefined, 'the place of a process');

/** Refers to a process that may be unknown, or already forgotten. */
export const processReference: Codec<Process | undefined, ProcessContext> = {
  write: (process, { indexOf }) => (process === undefined ? -1 : indexOf(process)),
  read: (json, context) => {
    const found = index.read(json, undefined);
    const { processes } = context;
    return found < processes.length
      ? processes[found]
      : mismatch(`the place of one of ${processes.length}`, json);
  },
};

/** Refers to a process that must be in the list. */
export const knownProcess: Codec<Process, ProcessContext> = {
  write: (process, context) => processReference.write(process, context),
  read: (json, context) => processReference.read(json, context) ?? mismatch('the place of a process', json),
};

/** Refers to a process before this one in the list, so that no process can be its own creator. */
const earlierProcess: Codec<Process | undefined, ProcessContext> = checked(
  processReference,
  'the place of a process that comes before',
  (process, { current, indexOf }) =>
    process === undefined || current === undefined || indexOf(process) < indexOf(current),
);

/** Records whether a session belongs to the job of this main, or is detached from it. */
const membershipRecord = record({
  main: knownProcess,
  isMember: field(boolean, { name: 'isPart' }),
  /** a script has detached the session with setsid(1): a launcher makes its daemon in the same way */
  isOnPurpose: optional(boolean),
});
export interface SessionMembership extends Recorded<typeof membershipRecord> {}

const membership = absentable<SessionMembership, ProcessContext>(membershipRecord);

export const sessionRecord = record({
  id: count,
  /** the process that called setsid; undefined if only the number is known (found in /proc) */
  leader: processReference,
  /** its leader had exec'd another program before it called setsid: setsid(1) does, su does not */
  leaderHadExeced: field(boolean, { name: 'byOwnProgram', initial: false, isNew: true }),
  /** whether it belongs to the job of a main of its run, as far as known (belonging.ts) */
  membership: variable<SessionMembership | undefined, ProcessContext, unknown>(
    {
      // the answer for a main that is forgotten does not matter
      write: (one, context) =>
        membership.write(one !== undefined && context.indexOf(one.main) < 0 ? undefined : one, context),
      read: membership.read,
    },
    { name: 'standing', initial: undefined, isNew: true },
  ),
});
/** A session as an object, not a number: session ids are recycled once a session is empty (DESIGN section 4). */
export interface Session extends Recorded<typeof sessionRecord> {}

export const session: Codec<Session, ProcessContext> = {
  write: (one, context) => sessionRecord.write(one, context),
  read: (json, context) => {
    const read = sessionRecord.read(json, context);
    const ofLeader = context.sessions.get(read.leader) ?? [];
    const known = ofLeader.find(({ id }) => id === read.id);
    if (known === undefined) context.sessions.set(read.leader, [...ofLeader, read]);
    return known ?? read;
  },
};

const imageRecord = record({
  /** when it was exec'd, or when the process was born with it */
  since: nanoseconds,
  /** exec'd by this very process */
  isOwn: field(boolean, { name: 'own' }),
  /** when it was exec'd, by this process or by the creator that it was inherited from */
  execedAt: field(nanoseconds, {
    name: 'exec',
    whenAbsent: ({ since }: { readonly since: number }) => since,
  }),
  argv: absentable(list(string)),
  executable: absentable(string),
});
/** The program that a process runs: its own since an exec, its creator's until then. */
export interface Image extends Recorded<typeof imageRecord> {}

const endRecord = record({
  /** when it ended, or when foster learned of it */
  at: nanoseconds,
  /** as wait(2) reports it; undefined while it is unknown, perhaps for ever */
  status: absentable(number),
  /** it ended while foster was not running, at some time between this and `at` */
  notBefore: optional(nanoseconds),
});
/** When and how a process ended. */
interface ProcessEnd extends Recorded<typeof endRecord> {}

/** What a field is derived from when a process is read. */
interface Created {
  readonly creator: Process | undefined;
}

export const processRecord = record(
  {
    pid,
    born: nanoseconds,
    /** the process that forked it; undefined for a launcher */
    creator: variable(earlierProcess),
    /** `creator` forked it directly; false after a creator between the two has been forgotten */
    isDirectChild: variable(boolean, { name: 'direct', initial: true, isNew: true }),
    /** the launcher that it descends from (a launcher: itself) */
    launcher: transient(
      'the first of its creators',
      (whole: Created): Process => whole.creator?.launcher ?? (whole as Process),
    ),
    /** position among all forks seen: decides "forked last" where times are equal */
    order: transient('its place in the list', (): number => 0),
    session: variable(session),
    /** when it joined its session: by its own setsid, or at birth */
    sessionSince: variable(nanoseconds),
    image: variable<Image, unknown, unknown>(imageRecord),
    /** the session in which its image began: a daemonising program leaves this one */
    imageSession: variable(session, {
      whenAbsent: (whole: { readonly session: Session }) => whole.session,
    }),
    /** how many processes it has created since its image began */
    forks: variable(count, { initial: 0 }),
    /** its exit event has been seen, or it has been reaped */
    ended: variable<ProcessEnd | undefined, unknown, unknown>(nullable(endRecord), { initial: undefined }),
    /** a forgotten creator between it and `creator` ended with a status other than 0 */
    forgottenCreatorFailed: variable(boolean, { name: 'failedAbove', initial: false }),
    children: transient('they name their creator', () => new Set<Process>()),
  },
  ({ current }: ProcessContext): object => current ?? {},
);
export interface Process extends Recorded<typeof processRecord> {}
