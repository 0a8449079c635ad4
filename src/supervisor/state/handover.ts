/**
 * What a supervisor hands to the program that replaces it in the same process (a re-exec): more than what the run directory
 * has of each job, namely events on their way, the descriptors that stay open, and why it was replaced.
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

/** Our own memory file: as much as a program can hold. */
const HANDOVER = { limit: 2 ** 30 };

/** The descriptor of the memory file that holds it. Removed from the environment before anything else sees it. */
export const HANDOVER_VARIABLE = 'FOSTER_HANDOVER';

/** The shutdown that is on. */
export interface SavedShutdown {
  readonly status: number;
  readonly machine: MachineEnd;
  /** when it has to be over, CLOCK_MONOTONIC in milliseconds: a re-exec gives it no time more */
  readonly end: Milliseconds;
}

/** What the supervisor's parts keep (Part.keep), by their names. */
export interface HandedParts {
  readonly outputs: readonly SavedOutput[];
  readonly readiness: SavedReadiness;
  readonly health: readonly SavedHealth[];
  /** sockets that listen for jobs */
  readonly activation: readonly SavedSocket[];
  /** undefined from a version that did not hand it over */
  readonly memory: SavedStatus | undefined;
}

export interface SavedReexecState extends HandedParts {
  /** CLOCK_MONOTONIC, milliseconds */
  readonly at: Milliseconds;
  /** of the core, whole; opaque here */
  readonly core: unknown;
  readonly jobs: readonly JobProcessesSnapshot[];
}

export interface Handover {
  /**
   * `state`: go on with this. `files`: it could not be told; the run directory has what was saved last. `degraded`: foster
   * has failed too often, reap and nothing else.
   */
  readonly kind: 'state' | 'files' | 'degraded';
  readonly pid: number;
  readonly place: BootIdentity;
  /** present where `kind` is `state` */
  readonly state: SavedReexecState | undefined;
  /** descriptors that stay open: the run directory's lock, the listening control socket, COMMAND's terminal */
  readonly lock: number | undefined;
  readonly socket: number | undefined;
  readonly terminal: number | undefined;
  readonly logPriority: LogPriority;
  /** when foster failed lately, CLOCK_MONOTONIC in milliseconds */
  readonly failures: readonly Milliseconds[];
  /** whatever else could not be told, somebody has asked for the end */
  readonly shutdown: SavedShutdown | undefined;
  /** names of signals that have come and have not been acted upon */
  readonly signals: readonly string[];
  /** from which the marks of processes follow */
  readonly markSecret?: string;
}

/** Every descriptor that has to survive the re-exec. */
export function savedDescriptors({ lock, socket, state }: Handover): readonly number[] {
  const outputs = (state?.outputs ?? []).flatMap(({ supervisor, end }) => [supervisor, end]);
  const readiness = state === undefined ? [] : descriptorsOf(state.readiness);
  const sockets = (state?.activation ?? []).map(({ fd }) => fd);
  return [lock, socket, ...outputs, ...readiness, ...sockets].filter((fd) => fd !== undefined);
}

const handedShutdown = recordOf<SavedShutdown>({
  status: number,
  machine: literal(...MACHINE_ENDS),
  end: number,
});

const handedState = recordOf<SavedReexecState>({
  at: number,
  core: opaque,
  jobs: list(jobProcesses),
  outputs: list(
    recordOf<SavedOutput>({
      job: jobRef,
      stream: field(nullable(literal('stderr')), { whenAbsent: () => undefined }),
      supervisor: descriptor,
      end: descriptor,
    }),
  ),
  readiness: savedReadiness,
  // a former version knew of none
  health: field(savedHealth, { whenAbsent: (): readonly SavedHealth[] => [] }),
  activation: field(list(recordOf<SavedSocket>({ key: string, fd: descriptor })), { name: 'sockets' }),
  memory: field(nullable(savedStatus), { name: 'remembered', whenAbsent: () => undefined }),
});

const handover = recordOf<Handover>({
  kind: literal('state', 'files', 'degraded'),
  pid,
  place,
  state: nullable(handedState),
  lock: nullable(descriptor),
  socket: nullable(descriptor),
  terminal: nullable(descriptor),
  logPriority: literal(...LOG_PRIORITIES),
  failures: list(number),
  // a foster that is upgraded in the middle of its shutdown has to be told of that again
  shutdown: field(nullable(handedShutdown), { whenAbsent: () => undefined }),
  signals: field(list(string), { whenAbsent: () => [] }),
  markSecret: optional(string),
});

export function writeHandover(handed: Handover): string {
  return JSON.stringify(handover.write(handed, undefined));
}

/**
 * Takes the handover that the program before this one has left; undefined when there was none.
 * @param here where we are: a handover from somewhere else is not for us
 * @param env the environment, from which the variable is removed
 * @throws DecodeError when it is not what `writeHandover` makes
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
