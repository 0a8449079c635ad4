/**
 * What a supervisor hands to the program that replaces it in the same process (a re-exec): more than what the run directory
 * has of each job, namely events on their way, the descriptors that stay open, and why it was replaced.
 */
import { closeSync } from 'node:fs';
import type { ProcessIdentity } from '../../kernel/kernel.js';
import { readDescriptor } from '../../kernel/read-file.js';
import type { KeptSocket } from '../bridges/socket-bridge.js';
import { ObjectReader } from '../core/snapshot/reader.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import { LOG_PRIORITIES, type LogPriority } from '../init-options.js';
import { MACHINE_ENDS, type MachineEnd } from '../life/machine-end.js';
import type { KeptOutput } from '../output/job-outputs.js';
import { descriptorsOf, readKept, type KeptReadiness } from '../readiness/kept.js';
import { isSamePlace, type Place } from './place.js';

/** Our own memory file: as much as a program can hold. */
const HANDOVER = { limit: 2 ** 30 };

/** The descriptor of the memory file that holds it. Removed from the environment before anything else sees it. */
export const HANDOVER_VARIABLE = 'FOSTER_HANDOVER';

/** One job of which anything is known, also if only detached processes of it live. */
export interface HandedJob {
  readonly job: JobRef;
  /** as `SavedJob` has them */
  readonly lineage: unknown;
  readonly processes: readonly ProcessIdentity[];
  readonly gates: readonly number[];
}

/** The shutdown that is on. */
export interface HandedShutdown {
  readonly status: number;
  readonly machine: MachineEnd;
  /** when it has to be over, CLOCK_MONOTONIC in milliseconds: a re-exec gives it no time more */
  readonly end: Milliseconds;
}

export interface HandedState {
  /** CLOCK_MONOTONIC, milliseconds */
  readonly at: Milliseconds;
  /** of the core, whole; opaque here */
  readonly core: unknown;
  readonly jobs: readonly HandedJob[];
  readonly outputs: readonly KeptOutput[];
  readonly readiness: KeptReadiness;
  /** those that listen for jobs: a connection that waits in one is not lost */
  readonly sockets: readonly KeptSocket[];
}

export interface Handover {
  /**
   * `state`: go on with this. `files`: it could not be told; the run directory has what was saved last. `degraded`: foster
   * has failed too often, reap and nothing else.
   */
  readonly kind: 'state' | 'files' | 'degraded';
  readonly pid: number;
  readonly place: Place;
  /** present where `kind` is `state` */
  readonly state: HandedState | undefined;
  /** descriptors that stay open: the run directory's lock, the listening control socket, COMMAND's terminal */
  readonly lock: number | undefined;
  readonly socket: number | undefined;
  readonly terminal: number | undefined;
  readonly logPriority: LogPriority;
  /** when foster failed lately, CLOCK_MONOTONIC in milliseconds */
  readonly failures: readonly Milliseconds[];
  /** whatever else could not be told, somebody has asked for the end */
  readonly shutdown: HandedShutdown | undefined;
  /** names of signals that have come and have not been acted upon */
  readonly signals: readonly string[];
}

/** Every descriptor that has to survive the re-exec. */
export function keptDescriptors({ lock, socket, state }: Handover): readonly number[] {
  const outputs = (state?.outputs ?? []).flatMap(({ supervisor, end }) => [supervisor, end]);
  const readiness = state === undefined ? [] : descriptorsOf(state.readiness);
  const sockets = (state?.sockets ?? []).map(({ fd }) => fd);
  return [lock, socket, ...outputs, ...readiness, ...sockets].filter((fd) => fd !== undefined);
}

export function writeHandover(handover: Handover): string {
  return JSON.stringify(handover, (_key, value: unknown) => (value === undefined ? null : value));
}

/**
 * Takes the handover that the program before this one has left; undefined when there was none.
 * @param place where we are: a handover from somewhere else is not for us
 * @param env the environment, from which the variable is removed
 * @throws SavedStateError when it is not what `writeHandover` makes
 */
export function receiveHandover(place: Place, env: NodeJS.ProcessEnv): Handover | undefined {
  const text = env[HANDOVER_VARIABLE];
  if (text === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- setting it to undefined would make it the text "undefined"
  delete env[HANDOVER_VARIABLE];
  const fd = Number(text);
  const handover = parseHandover(readDescriptor(fd, 'the handover', HANDOVER).toString('utf8'));
  closeSync(fd);
  return handover.pid === process.pid && isSamePlace(handover.place, place) ? handover : undefined;
}

/** @throws SavedStateError */
export function parseHandover(text: string): Handover {
  const reader = ObjectReader.parse(text, 'handover');
  const descriptor = (key: string): number => reader.number(key);
  return {
    kind: reader.oneOf('kind', ['state', 'files', 'degraded']),
    pid: reader.pid('pid'),
    place: {
      boot: reader.object('place').string('boot'),
      pidNamespace: reader.object('place').number('pidNamespace'),
      began: reader.object('place').number('began'),
    },
    state: reader.nullable('state', (key) => readState(reader.object(key))),
    lock: reader.nullable('lock', descriptor),
    socket: reader.nullable('socket', descriptor),
    terminal: reader.nullable('terminal', descriptor),
    logPriority: reader.oneOf('logPriority', LOG_PRIORITIES),
    failures: reader.numbers('failures'),
    shutdown: reader.nullable('shutdown', (key) => {
      const shutdown = reader.object(key);
      const machine = shutdown.oneOf('machine', MACHINE_ENDS);
      return { status: shutdown.number('status'), machine, end: shutdown.number('end') };
    }),
    signals: reader.strings('signals'),
  };
}

function readState(reader: ObjectReader): HandedState {
  return {
    at: reader.number('at'),
    core: reader.raw('core'),
    jobs: reader.list('jobs', (value, where) => readHandedJob(new ObjectReader(value, where))),
    outputs: reader.list('outputs', (value, where) => {
      const output = new ObjectReader(value, where);
      const job = readJob(output.object('job'));
      return { job, supervisor: output.number('supervisor'), end: output.number('end') };
    }),
    readiness: readKept(reader.object('readiness')),
    sockets: reader.list('sockets', (value, where) => {
      const socket = new ObjectReader(value, where);
      return { key: socket.string('key'), fd: socket.number('fd') };
    }),
  };
}

function readJob(reader: ObjectReader): JobRef {
  return { name: reader.string('name'), instance: reader.string('instance') };
}

function readHandedJob(reader: ObjectReader): HandedJob {
  return {
    job: readJob(reader.object('job')),
    lineage: reader.raw('lineage'),
    processes: reader.list('processes', (value, where) => {
      const identity = new ObjectReader(value, where);
      return { pid: identity.pid('pid'), startTime: identity.number('startTime') };
    }),
    gates: reader.numbers('gates'),
  };
}
