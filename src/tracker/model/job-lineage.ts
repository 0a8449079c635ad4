/**
 * The lineage and the follower of one job, and how they are saved. Times are CLOCK_MONOTONIC, which is the
 * same for all supervisors on this boot.
 */
import { nullable, type Codec } from '../../codec/codec.js';
import { asList, asObject } from '../../codec/containers.js';
import { locate } from '../../codec/decode-error.js';
import { linked } from '../../codec/field.js';
import { record, type Recorded } from '../../codec/record.js';
import { followerRecord, type Follower } from './follower.js';
import { processRecord, type Process, type ProcessContext } from './process.js';

/**
 * Fills pre-allocated processes, because a session's leader may come after other processes of the session.
 */
const processes: Codec<readonly Process[], ProcessContext> = {
  write: (all, context) => all.map((one) => processRecord.write(one, context)),
  read: (json, context) => {
    for (const [index, entry] of asList(json).entries()) {
      try {
        processRecord.read(entry, { ...context, current: context.processes[index] });
      } catch (error) {
        throw locate(error, index);
      }
    }
    return context.processes;
  },
};

const lineageRecord = record({
  /** all processes of the job, in the order of birth: a creator comes before the processes that it created */
  processes,
  /** of the present run, also while its members are ended; undefined when there is none */
  follower: linked<Follower | undefined, ProcessContext, unknown>(
    'follower',
    (one, context) =>
      one === undefined || isForgotten(one, context)
        ? null
        : followerRecord.write(withoutForgotten(one, context), context),
    (json, context) => nullable(followerRecord).read(json, context),
  ),
});
/** While being read, its processes do not belong to any lineage yet. */
export interface JobLineage extends Recorded<typeof lineageRecord> {}

/** Tests whether a run is over and its main unknown: its remaining processes can then not be identified. */
function isForgotten({ over, main, launcher }: Follower, { indexOf }: ProcessContext): boolean {
  return over && (indexOf(main) < 0 || indexOf(launcher) < 0);
}

/**
 * Drops choices that no longer matter: a choice matters only while main settles, and processes of an earlier
 * choice may have been purged since.
 */
function withoutForgotten(one: Follower, { indexOf }: ProcessContext): Follower {
  if (one.choice === undefined || one.pendingChoice === undefined)
    return { ...one, pendingChoice: undefined, choice: undefined };
  const named = [
    one.pendingChoice.ending.main,
    one.pendingChoice.outer?.ending.main ?? one.main,
    ...one.choice.candidates.flatMap((candidate) => [
      candidate.process,
      candidate.successor,
      candidate.orphanedBy,
      ...candidate.launches.map((launch) => launch.process),
    ]),
  ];
  const isKnown = named.every((other) => indexOf(other) >= 0);
  return isKnown ? one : { ...one, pendingChoice: undefined, choice: undefined };
}

export const jobLineage: Codec<JobLineage> = {
  write: (lineage) => lineageRecord.write(lineage, contextOf(lineage.processes)),
  read: (json) => {
    const entries = asObject(json)['processes'];
    // empty objects, which the codec fills
    const found = Array.isArray(entries) ? entries.map(() => ({}) as Process) : [];
    return lineageRecord.read(json, contextOf(found));
  },
};

function contextOf(all: readonly Process[]): ProcessContext {
  const indices = new Map(all.map((one, index) => [one, index]));
  return {
    indexOf: (one) => indices.get(one) ?? -1,
    processes: all,
    sessions: new Map(),
    current: undefined,
  };
}
