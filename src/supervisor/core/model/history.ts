/**
 * The history of a job: who or what last started and stopped it, and how its last mains ended. Only for
 * people (`foster why`, `foster status`): no decision depends on it. Its size is limited, whatever a job
 * does.
 */
import { count, literal, nullable, pid, string, type Codec } from '../../../codec/codec.js';
import { list } from '../../../codec/containers.js';
import { mismatch } from '../../../codec/decode-error.js';
import { field, optional } from '../../../codec/field.js';
import { record, variant, type Recorded } from '../../../codec/record.js';
import { COMMAND_SOURCES, type CommandSource } from '../contract.js';
import { endStatus } from '../wait-status.js';
import { since } from './clock.js';

const named = literal(...COMMAND_SOURCES);

/** A user id, or a part of foster. */
const commandSource: Codec<CommandSource> = {
  write: (source) => source,
  read: (json, context) => {
    if (typeof json === 'number') return count.read(json, context);
    return typeof json === 'string' ? named.read(json, context) : mismatch('a user id or a name', json);
  },
};

/** Who or what has set a job's goal. */
const cause = variant('kind', {
  command: { verb: literal('start', 'stop', 'restart', 'scale'), by: nullable(commandSource) },
  /** events that made `start on` or `stop on` true, each formatted as for emit */
  events: { events: list(string) },
  /** of a start: this job requires it; of a stop: it requires this job, which stops */
  job: { job: string },
  /** the processes that were unclear after a crash of foster have ended */
  clear: {},
});
export type Cause = Recorded<typeof cause>;

const decision = record({ at: field(since, { name: 'age' }), cause });
export interface Decision extends Recorded<typeof decision> {}

/**
 * What followed the end of a main. `stopped`: the job's goal was stop. `finished`: it ended by itself,
 * without failure.
 */
const sequel = literal('stopped', 'finished', 'respawned', 'failed');
export type Sequel = Recorded<typeof sequel>;

const pastMain = record({
  pid,
  /** when it was started, or took over */
  since: field(since, { name: 'beganAge' }),
  at: field(since, { name: 'age' }),
  status: endStatus,
  /** why foster ended it, if it did not do its work: `unhealthy: ...` */
  because: optional(string),
  sequel,
});
export interface PastMain extends Recorded<typeof pastMain> {}

export const historyRecord = record({
  /** undefined if it was never started, or the cause is no longer known */
  started: field(nullable(decision), { initial: undefined }),
  /** undefined if it has ended by itself */
  stopped: field(nullable(decision), { initial: undefined }),
  /** the oldest first */
  mains: field(list(pastMain), { initial: [] }),
});
export interface JobHistory extends Recorded<typeof historyRecord> {}

export const NO_HISTORY: JobHistory = historyRecord.create({});
