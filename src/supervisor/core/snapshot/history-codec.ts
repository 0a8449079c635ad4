/** How the history of a job is saved (job-history.ts), and the ends of processes in it. */
import { count, integer, literal, nullable, pid, string, type Codec } from '../../../codec/codec.js';
import { list } from '../../../codec/containers.js';
import { mismatch } from '../../../codec/decode-error.js';
import { field } from '../../../codec/field.js';
import { recordOf, variant } from '../../../codec/record.js';
import { COMMAND_SOURCES, type CommandSource } from '../contract.js';
import type { Decision, JobHistory, PastMain } from '../job-history.js';
import { UNKNOWN_STATUSES, type EndStatus, isKnown } from '../wait-status.js';
import { since, type CoreContext } from './context.js';

/** A wait status has 16 bits (wait(2)). */
const waitStatus = integer(0, 0xffff, 'a wait status');
const unknownStatus = literal(...UNKNOWN_STATUSES);

/** How a process has ended: a wait status, or why nobody knows it. */
export const endStatus: Codec<EndStatus> = {
  write: (status, context) =>
    isKnown(status) ? waitStatus.write(status, context) : unknownStatus.write(status, context),
  read: (json, context) =>
    typeof json === 'string' ? unknownStatus.read(json, context) : waitStatus.read(json, context),
};

const named = literal(...COMMAND_SOURCES);

/** A user id, or a part of foster. */
const commandSource: Codec<CommandSource> = {
  write: (source) => source,
  read: (json, context) => {
    if (typeof json === 'number') return count.read(json, context);
    return typeof json === 'string' ? named.read(json, context) : mismatch('a user id or a name', json);
  },
};

const cause = variant('kind', {
  command: { verb: literal('start', 'stop', 'restart', 'scale'), by: nullable(commandSource) },
  events: { events: list(string) },
  job: { job: string },
  clear: {},
});

const decision = recordOf<Decision, CoreContext>({ at: field(since, { name: 'age' }), cause });

const pastMain = recordOf<PastMain, CoreContext>({
  pid,
  since: field(since, { name: 'beganAge' }),
  at: field(since, { name: 'age' }),
  status: endStatus,
  sequel: literal('stopped', 'finished', 'respawned', 'failed'),
});

export const history = recordOf<JobHistory, CoreContext>({
  started: nullable(decision),
  stopped: nullable(decision),
  mains: list(pastMain),
});
