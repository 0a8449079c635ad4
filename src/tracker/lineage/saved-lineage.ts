/**
 * How the lineage and the follower of one job are saved, for a supervisor that takes the job back. Times are those of
 * CLOCK_MONOTONIC, which is the same for both supervisors. Processes refer to one another by their place in the list.
 */
import {
  absentable,
  boolean,
  checked,
  count,
  integer,
  literal,
  nanoseconds,
  nullable,
  number,
  pid,
  string,
  type Codec,
} from '../../codec/codec.js';
import { asList, asObject, list } from '../../codec/containers.js';
import { locate, mismatch } from '../../codec/decode-error.js';
import { field, linked, optional, transient } from '../../codec/field.js';
import { recordOf } from '../../codec/record.js';
import type {
  Candidate,
  Choice,
  PendingChoice,
  End,
  Ending,
  Follower,
  Image,
  JobLineage,
  Launch,
  Process,
  Session,
  Standing,
  Waits,
} from '../model.js';

/** By what processes and sessions are found again. */
interface Places {
  /** -1 for a process that is not in the list */
  readonly placeOf: (process: Process) => number;
  readonly processes: readonly Process[];
  /** a session is one object for all its processes */
  readonly sessions: Map<Process | undefined, Session[]>;
  /** the process that is being read */
  readonly own: Process | undefined;
}

const place = integer(-1, undefined, 'the place of a process');

/** A process that may be unknown, or forgotten by now. */
const reference: Codec<Process | undefined, Places> = {
  write: (process, { placeOf }) => (process === undefined ? -1 : placeOf(process)),
  read: (json, context) => {
    const found = place.read(json, undefined);
    const { processes } = context;
    return found < processes.length
      ? processes[found]
      : mismatch(`the place of one of ${processes.length}`, json);
  },
};

const certain: Codec<Process, Places> = {
  write: (process, context) => reference.write(process, context),
  read: (json, context) => reference.read(json, context) ?? mismatch('the place of a process', json),
};

/** It has been read by then, so that no process can be its own creator. */
const earlier: Codec<Process | undefined, Places> = checked(
  reference,
  'the place of a process that comes before',
  (process, { own, placeOf }) =>
    process === undefined || own === undefined || placeOf(process) < placeOf(own),
);

const standing = absentable(
  recordOf<Standing, Places>({ main: certain, isPart: boolean, isOnPurpose: optional(boolean) }),
);

const sessionFields = recordOf<Session, Places>({
  id: count,
  leader: reference,
  byOwnProgram: field(boolean, { whenAbsent: () => false }),
  standing: field(
    {
      // how it stood to a main that is forgotten by now does not matter
      write: (one, context) =>
        standing.write(one !== undefined && context.placeOf(one.main) < 0 ? undefined : one, context),
      read: standing.read,
    },
    { whenAbsent: () => undefined },
  ),
});

const session: Codec<Session, Places> = {
  write: (one, context) => sessionFields.write(one, context),
  read: (json, context) => {
    const read = sessionFields.read(json, context);
    const ofLeader = context.sessions.get(read.leader) ?? [];
    const known = ofLeader.find(({ id }) => id === read.id);
    if (known === undefined) context.sessions.set(read.leader, [...ofLeader, read]);
    return known ?? read;
  },
};

const image = recordOf<Image>({
  since: nanoseconds,
  own: boolean,
  exec: field(nanoseconds, { whenAbsent: ({ since }) => since }),
  argv: absentable(list(string)),
  executable: absentable(string),
});

const end = recordOf<End>({ at: nanoseconds, status: absentable(number), notBefore: optional(nanoseconds) });

const process = recordOf<Process, Places>(
  {
    pid,
    born: nanoseconds,
    creator: earlier,
    direct: field(boolean, { whenAbsent: () => true }),
    launcher: transient('the first of its creators', (whole) => whole.creator?.launcher ?? whole),
    order: transient('its place in the list', () => 0),
    session,
    sessionSince: nanoseconds,
    image,
    imageSession: field(session, { whenAbsent: (whole) => whole.session }),
    forks: count,
    ended: nullable(end),
    failedAbove: boolean,
    children: transient('they name their creator', () => new Set()),
  },
  ({ own }) => own ?? {},
);

const ending = recordOf<Ending, Places>({
  main: certain,
  stage: literal('launching', 'settling', 'settled'),
  tookOver: nullable(nanoseconds),
  origin: session,
});

/** One level is enough (pending-choice.ts). */
const outerContest = recordOf<PendingChoice, Places>({
  ending,
  until: nanoseconds,
  outer: transient('there is none beyond it', () => undefined),
});

const contest = recordOf<PendingChoice, Places>({
  ending,
  until: nanoseconds,
  outer: nullable(outerContest),
});

const manyLaunches = list(recordOf<Launch, Places>({ process: certain, origin: session }));

const launches: Codec<Candidate['launches'], Places> = {
  write: (all, context) => manyLaunches.write(all, context),
  read: (json, context) => {
    const [first, ...others] = manyLaunches.read(json, context);
    return first === undefined ? mismatch('at least one program', json) : [first, ...others];
  },
};

const candidates = list(
  recordOf<Candidate, Places>({ process: certain, heir: certain, launches, orphanedBy: certain }),
);

const choice = recordOf<Choice, Places>({
  candidates: checked(candidates, 'at least one candidate', (all) => all.length > 0),
  best: transient('the first of the candidates', (whole) => whole.candidates[0]!),
  tied: boolean,
});

const waits = recordOf<Waits>({
  status: optional(nanoseconds),
  exits: optional(nanoseconds),
  file: optional(nanoseconds),
  leaving: optional(nanoseconds),
});

const follower = recordOf<Follower, Places>({
  launcher: certain,
  main: certain,
  tookOver: nullable(nanoseconds),
  orphanedBy: field(reference, { whenAbsent: () => undefined }),
  contest: field(nullable(contest), { whenAbsent: () => undefined }),
  origin: field(session, { whenAbsent: ({ launcher }) => launcher.session }),
  choice: field(nullable(choice), { whenAbsent: () => undefined }),
  tiedSince: field(nullable(nanoseconds), { whenAbsent: () => undefined }),
  tieTold: field(boolean, { whenAbsent: () => false }),
  endAsked: boolean,
  handsOff: boolean,
  unclear: transient('the next supervisor finds them by its own scan', () => []),
  handOff: field(literal('any', 'session', 'never'), { whenAbsent: () => 'any' as const }),
  attached: field(boolean, { whenAbsent: () => false }),
  undecidedUntil: field(nullable(nanoseconds), { whenAbsent: () => undefined }),
  waits: field(waits, {
    whenAbsent: () => ({}),
  }),
  looks: transient('the next supervisor looks at /proc anyway', () => 0),
  over: transient('a run that is over is not saved', () => false),
});

/** Fills processes that are there already, since the leader of a session may come after another process of it. */
const processes: Codec<readonly Process[], Places> = {
  write: (all, context) => all.map((one) => process.write(one, context)),
  read: (json, context) => {
    for (const [index, entry] of asList(json).entries()) {
      try {
        process.read(entry, { ...context, own: context.processes[index] });
      } catch (error) {
        throw locate(error, index);
      }
    }
    return context.processes;
  },
};

const fields = recordOf<JobLineage, Places>({
  processes,
  follower: linked(
    'follower',
    (one, context) =>
      one === undefined || one.over ? null : follower.write(withoutForgotten(one, context), context),
    (json, context) => nullable(follower).read(json, context),
  ),
});

/** A choice matters for as long as main settles. Of an earlier one, processes may have been forgotten since. */
function withoutForgotten(one: Follower, { placeOf }: Places): Follower {
  if (one.choice === undefined || one.contest === undefined)
    return { ...one, contest: undefined, choice: undefined };
  const named = [
    one.contest.ending.main,
    one.contest.outer?.ending.main ?? one.main,
    ...one.choice.candidates.flatMap((candidate) => [
      candidate.process,
      candidate.heir,
      candidate.orphanedBy,
      ...candidate.launches.map((launch) => launch.process),
    ]),
  ];
  const isKnown = named.every((other) => placeOf(other) >= 0);
  return isKnown ? one : { ...one, contest: undefined, choice: undefined };
}

export const jobLineage: Codec<JobLineage> = {
  write: (lineage) => fields.write(lineage, placesOf(lineage.processes)),
  read: (json) => {
    const entries = asObject(json)['processes'];
    // empty ones, to be filled by the codec
    const found = Array.isArray(entries) ? entries.map(() => ({}) as Process) : [];
    return fields.read(json, placesOf(found));
  },
};

function placesOf(all: readonly Process[]): Places {
  const places = new Map(all.map((one, index) => [one, index]));
  return {
    placeOf: (one) => places.get(one) ?? -1,
    processes: all,
    sessions: new Map(),
    own: undefined,
  };
}
