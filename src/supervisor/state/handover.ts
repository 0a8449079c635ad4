/**
 * The state that a re-exec hands to the new program. Beyond the jobs' files in the run directory, it contains pending
 * events, open descriptors, and the reason of the re-exec.
 */
import { closeSync } from 'node:fs';
import { descriptor, literal, nullable, number, opaque, parseJson, pid, string } from '../../codec/codec.js';
import { asObject, list } from '../../codec/containers.js';
import { DecodeError } from '../../codec/decode-error.js';
import { record, type Recorded } from '../../codec/record.js';
import { readDescriptor } from '../../kernel/files/read-file.js';
import { savedSocket, type SavedSocket } from '../bridges/socket-bridge.js';
import { type SavedHealth, savedHealth } from '../health/judge.js';
import { LOG_PRIORITIES } from '../init-options.js';
import { MACHINE_ENDS } from '../lifecycle/machine-end.js';
import { savedOutput, type SavedOutput } from '../output/saved-output.js';
import { descriptorsOf, savedReadiness } from '../readiness/saved-readiness.js';
import { savedStatus } from '../status/saved-status.js';
import { bootIdentity, isSameBoot, type BootIdentity } from './boot-identity.js';
import { jobProcesses, type JobProcessesSnapshot } from './saved-job.js';
import { field, optional } from '../../codec/field.js';

/** Limit for reading foster's own memory file. */
const HANDOVER = { limit: 2 ** 30 };

/** The variable with the descriptor of the memory file. Removed from the environment at once. */
export const HANDOVER_VARIABLE = 'FOSTER_HANDOVER';

const savedShutdown = record({
  status: number,
  machine: literal(...MACHINE_ENDS),
  /** when it must be over, CLOCK_MONOTONIC in milliseconds; a re-exec does not extend it */
  end: number,
});
/** A shutdown in progress. */
export interface SavedShutdown extends Recorded<typeof savedShutdown> {}

/** What the supervisor's parts save (Part.saveForReexec), by their names. */
const partFields = {
  outputs: list<SavedOutput, unknown>(savedOutput),
  readiness: savedReadiness,
  // absent in handovers of an old version
  health: field(savedHealth, { whenAbsent: (): readonly SavedHealth[] => [] }),
  /** listening sockets of jobs */
  activation: field(list<SavedSocket, unknown>(savedSocket), { name: 'sockets' }),
  /** undefined in the handover of an old version */
  memory: field(nullable(savedStatus), { name: 'remembered', whenAbsent: () => undefined }),
};

const savedState = record({
  /** CLOCK_MONOTONIC, milliseconds */
  at: number,
  /** the whole state of the core, opaque here */
  core: opaque,
  jobs: list<JobProcessesSnapshot, unknown>(jobProcesses),
  ...partFields,
});
export interface SavedReexecState extends Recorded<typeof savedState> {}
export type SavedParts = Pick<SavedReexecState, keyof typeof partFields>;

const handover = record({
  /**
   * `state`: continue with `state`. `files`: the state was unusable; load the last saved state from the run
   * directory. `degraded`: foster has failed too often, and should only reap.
   */
  kind: literal('state', 'files', 'degraded'),
  pid: pid,
  place: bootIdentity,
  /** present if `kind` is `state` */
  state: nullable<SavedReexecState, unknown>(savedState),
  /** descriptors that stay open: the run directory's lock, the listening control socket, COMMAND's terminal */
  lock: nullable(descriptor),
  socket: nullable(descriptor),
  terminal: nullable(descriptor),
  logPriority: literal(...LOG_PRIORITIES),
  /** times of recent failures, CLOCK_MONOTONIC in milliseconds */
  failures: list(number),
  /** present even without `state`: a requested shutdown must not be lost */
  shutdown: field(nullable<SavedShutdown, unknown>(savedShutdown), { whenAbsent: () => undefined }),
  /** names of signals that were not handled yet */
  signals: field(list(string), { whenAbsent: (): readonly string[] => [] }),
  /** the secret that the marks of processes are derived from */
  markSecret: optional(string),
});
export interface Handover extends Recorded<typeof handover> {}

/** Returns all descriptors that must survive the re-exec. */
export function savedDescriptors({ lock, socket, state }: Handover): readonly number[] {
  const outputs = (state?.outputs ?? []).flatMap(({ supervisor, end }) => [supervisor, end]);
  const readiness = state === undefined ? [] : descriptorsOf(state.readiness);
  const sockets = (state?.activation ?? []).map(({ fd }) => fd);
  return [lock, socket, ...outputs, ...readiness, ...sockets].filter((fd) => fd !== undefined);
}

export function writeHandover(handed: Handover): string {
  return JSON.stringify(handover.write(handed, undefined));
}

/**
 * Reads the handover of the program before a re-exec; undefined if there is none.
 * @param here the current boot identity: a handover from another one is ignored
 * @param env the environment, from which the variable is removed
 * @param stateUnusable see `parseHandover`
 * @throws DecodeError if it was not written by `writeHandover`
 * @throws SystemError if its descriptor is not open
 */
export function receiveHandover(
  here: BootIdentity,
  env: NodeJS.ProcessEnv,
  stateUnusable?: (error: DecodeError) => void,
): Handover | undefined {
  const text = env[HANDOVER_VARIABLE];
  if (text === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- setting it to undefined would make it the text "undefined"
  delete env[HANDOVER_VARIABLE];
  const fd = Number(text);
  const written = readDescriptor(fd, 'the handover', HANDOVER).toString('utf8');
  closeSync(fd);
  const handed = parseHandover(written, stateUnusable);
  return handed.pid === process.pid && isSameBoot(handed.place, here) ? handed : undefined;
}

/**
 * Reads a handover. A mistake in the state of one job must not end PID 1, so the state is left out then: the jobs are recovered
 * from the run directory, as after a crash.
 * @param stateUnusable called instead of an error if only `state` cannot be read
 * @throws DecodeError
 */
export function parseHandover(text: string, stateUnusable?: (error: DecodeError) => void): Handover {
  const json = parseJson(text);
  try {
    return handover.read(json, undefined);
  } catch (error) {
    if (!(error instanceof DecodeError) || stateUnusable === undefined) throw error;
    const kind = asObject(json)['kind'];
    const rest = { ...asObject(json), kind: kind === 'state' ? 'files' : kind, state: null };
    const handed = handover.read(rest, undefined);
    stateUnusable(error);
    return handed;
  }
}
