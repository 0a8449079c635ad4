/** One run of a job, and how it ends. */
import { amount, boolean, literal, nullable, pid, string } from '../../../codec/codec.js';
import { changing, field, optional, variable } from '../../../codec/field.js';
import { record, type Recorded } from '../../../codec/record.js';
import { PROCESS_NAMES } from '../../../jobfile/job-class/job-class.js';
import { endStatus } from '../wait-status.js';
import { since } from './clock.js';

export const jobProcess = record({
  pid,
  /** when it was started, or took over */
  since: field(since, { name: 'age' }),
});
export interface JobProcess extends Recorded<typeof jobProcess> {}

/** Why the present run has failed; the first reason counts. */
export const failureRecord = record({
  /** `respawn`: the respawn limit; `requires`: a job that this one requires */
  process: literal(...PROCESS_NAMES, 'respawn', 'requires'),
  /** undefined if no process has ended: it could not be started, or took too long */
  status: nullable(endStatus),
  /** `main process (812) terminated with status 1` */
  text: string,
});
export interface Failure extends Recorded<typeof failureRecord> {}

/** How the last main ended. */
export const exitRecord = record({
  status: endStatus,
  pid,
  at: field(since, { name: 'age' }),
  /** why foster ended it, if it did not do its work: `unhealthy: ...` */
  because: optional(string),
});
export interface Exit extends Recorded<typeof exitRecord> {}

/** One run: from `starting` to `post-stop`. */
export const runRecord = record({
  /** the process that was spawned for main, and when */
  launcher: variable(nullable(jobProcess), { initial: undefined }),
  /** when the launcher last exec'd another program */
  programSince: variable(nullable(since), { name: 'programAge', initial: undefined, isNew: true }),
  /** it is ready as `expect` or `ready` demand: `spawned` has been left */
  ready: variable(boolean, { initial: false }),
  /** main is final: nothing has changed for long enough, or main has reported it */
  settled: variable(boolean, { initial: false }),
  /** main has become another process since the launcher was started */
  handedOff: variable(boolean, { initial: false }),
  /** a main that stopped itself was continued */
  continued: variable(boolean, { initial: false }),
  /** none of its processes is alive: there is nothing to end */
  isEmpty: changing(optional(boolean)),
  /** the keep-alive interval that main itself has set; milliseconds */
  watchdogInterval: changing(optional(amount)),
  /** why foster has signalled a main that does not do its work: `has given no sign of life for 3 s` */
  hung: changing(optional(string)),
});
export interface Run extends Recorded<typeof runRecord> {}

/** The progress of a job in `killed`. */
export const killingRecord = record({
  since: field(since, { name: 'age' }),
  /** why the members of the job are ended */
  reason: literal('stop', 'death', 'failed-start'),
  /** KILL was sent, after `kill timeout` */
  forced: variable(boolean, { initial: false }),
  members: variable(literal('not-asked', 'asked', 'ended'), { initial: 'not-asked' }),
});
interface Killing extends Recorded<typeof killingRecord> {}

export type EndReason = Killing['reason'];
