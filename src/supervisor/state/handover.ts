/**
 * The state that a re-exec hands to the new program. Beyond the jobs' files in the run directory, it contains pending
 * events, open descriptors, and the reason of the re-exec.
 */
import { closeSync } from 'node:fs';
import { descriptor, literal, nullable, number, opaque, parseJson, pid, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { recordOf } from '../../codec/record.js';
import { readDescriptor } from '../../kernel/files/read-file.js';
import type { SavedSocket } from '../bridges/socket-bridge.js';
import type { Milliseconds } from '../core/contract.js';
import { type SavedHealth, savedHealth } from '../health/saved-health.js';
import { LOG_PRIORITIES, type LogPriority } from '../init-options.js';
import { MACHINE_ENDS, type MachineEnd } from '../lifecycle/machine-end.js';
import type { SavedOutput } from '../output/job-outputs.js';
import { descriptorsOf, savedReadiness, type SavedReadiness } from '../readiness/saved-readiness.js';
import { savedStatus, type SavedStatus } from '../status/saved-status.js';
import { isSameBoot, type BootIdentity } from './boot-identity.js';
import { jobProcesses, place, type JobProcessesSnapshot } from './saved-job.js';
import { field, optional } from '../../codec/field.js';
import { jobRef } from '../core/model.js';

/** Limit for reading foster's own memory file. */
const HANDOVER = { limit: 2 ** 30 };

/** The variable with the descriptor of the memory file. Removed from the environment at once. */
export const HANDOVER_VARIABLE = 'FOSTER_HANDOVER';

/** A shutdown in progress. */
export interface SavedShutdown {
  readonly status: number;
  readonly machine: MachineEnd;
  /** when it must be over, CLOCK_MONOTONIC in milliseconds; a re-exec does not extend it */
  readonly end: Milliseconds;
}

/** What the supervisor's parts save (Part.saveForReexec), by their names. */
export interface SavedParts {
  readonly outputs: readonly SavedOutput[];
  readonly readiness: SavedReadiness;
  readonly health: readonly SavedHealth[];
  /** listening sockets of jobs */
  readonly activation: readonly SavedSocket[];
  /** undefined in the handover of an old version */
  readonly memory: SavedStatus | undefined;
}

export interface SavedReexecState extends SavedParts {
  /** CLOCK_MONOTONIC, milliseconds */
  readonly at: Milliseconds;
  /** the whole state of the core, opaque here */
  readonly core: unknown;
  readonly jobs: readonly JobProcessesSnapshot[];
}

export interface Handover {
  /**
   * `state`: continue with `state`. `files`: the state was unusable; load the last saved state from the run
   * directory. `degraded`: foster has failed too often, and should only reap.
   */
  readonly kind: 'state' | 'files' | 'degraded';
  readonly pid: number;
  readonly place: BootIdentity;
  /** present if `kind` is `state` */
  readonly state: SavedReexecState | undefined;
  /** descriptors that stay open: the run directory's lock, the listening control socket, COMMAND's terminal */
  readonly lock: number | undefined;
  readonly socket: number | undefined;
  readonly terminal: number | undefined;
  readonly logPriority: LogPriority;
  /** times of recent failures, CLOCK_MONOTONIC in milliseconds */
  readonly failures: readonly Milliseconds[];
  /** present even without `state`: a requested shutdown must not be lost */
  readonly shutdown: SavedShutdown | undefined;
  /** names of signals that were not handled yet */
  readonly signals: readonly string[];
  /** the secret that the marks of processes are derived from */
  readonly markSecret?: string;
}

/** Returns all descriptors that must survive the re-exec. */
export function savedDescriptors({ lock, socket, state }: Handover): readonly number[] {
  const outputs = (state?.outputs ?? []).flatMap(({ supervisor, end }) => [supervisor, end]);
  const readiness = state === undefined ? [] : descriptorsOf(state.readiness);
  const sockets = (state?.activation ?? []).map(({ fd }) => fd);
  return [lock, socket, ...outputs, ...readiness, ...sockets].filter((fd) => fd !== undefined);
}

const savedShutdown = recordOf<SavedShutdown>({
  status: number,
  machine: literal(...MACHINE_ENDS),
  end: number,
});

const savedState = recordOf<SavedReexecState>({
  at: number,
  core: opaque,
  jobs: list(jobProcesses),
  outputs: list(
    recordOf<SavedOutput>({
      job: jobRef,
      stream: field(nullable(literal('stderr')), { whenAbsent: () => undefined }),
      supervisor: descriptor,
      end: descriptor,
      isFifo: optional(literal(true)),
    }),
  ),
  readiness: savedReadiness,
  // absent in handovers of an old version
  health: field(savedHealth, { whenAbsent: (): readonly SavedHealth[] => [] }),
  activation: field(list(recordOf<SavedSocket>({ key: string, fd: descriptor })), { name: 'sockets' }),
  memory: field(nullable(savedStatus), { name: 'remembered', whenAbsent: () => undefined }),
});

const handover = recordOf<Handover>({
  kind: literal('state', 'files', 'degraded'),
  pid,
  place,
  state: nullable(savedState),
  lock: nullable(descriptor),
  socket: nullable(descriptor),
  terminal: nullable(descriptor),
  logPriority: literal(...LOG_PRIORITIES),
  failures: list(number),
  // absent in handovers of an old version, which lose a shutdown in progress
  shutdown: field(nullable(savedShutdown), { whenAbsent: () => undefined }),
  signals: field(list(string), { whenAbsent: () => [] }),
  markSecret: optional(string),
});

export function writeHandover(handed: Handover): string {
  return JSON.stringify(handover.write(handed, undefined));
}

/**
 * Reads the handover of the program before a re-exec; undefined if there is none.
 * @param here the current boot identity: a handover from another one is ignored
 * @param env the environment, from which the variable is removed
 * @throws DecodeError if it was not written by `writeHandover`
 */
export function receiveHandover(here: BootIdentity, env: NodeJS.ProcessEnv): Handover | undefined {
  const text = env[HANDOVER_VARIABLE];
  if (text === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- setting it to undefined would make it the text "undefined"
  delete env[HANDOVER_VARIABLE];
  const fd = Number(text);
  const handed = parseHandover(readDescriptor(fd, 'the handover', HANDOVER).toString('utf8'));
  closeSync(fd);
  return handed.pid === process.pid && isSameBoot(handed.place, here) ? handed : undefined;
}

/** @throws DecodeError */
export function parseHandover(text: string): Handover {
  return handover.read(parseJson(text), undefined);
}
