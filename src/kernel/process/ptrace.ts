/**
 * ptrace(2) with PTRACE_SEIZE (Linux 3.4): tracing starts without a stop, and stop signals are
 * distinguishable from the tracer's stops.
 *
 * A tracee belongs to the thread that seized it, so every call here must be made on the main thread. waitid
 * reports its stops as `trapped`. When the supervisor ends, the kernel detaches all tracees and they run on.
 */

import { constants } from 'node:os';

import { EPERM, ESRCH } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { listProc, readProcRecord } from '../proc/proc-file.js';
import type { WaitStatus } from '../kernel.js';
import { kill } from './kill.js';
import { reapNow } from './wait.js';

const calls = lazily(() => ({
  // variadic in C; on the architectures of Node, Linux passes these arguments the same way
  ptrace: libc().declare('long', 'ptrace', ['long', 'int', 'unsigned long', 'unsigned long']),
  ptraceInto: libc().declare('long', 'ptrace', ['long', 'int', 'unsigned long', 'void *']),
}));

/** <linux/ptrace.h> */
const PTRACE_CONT = 7;
const PTRACE_DETACH = 17;
const PTRACE_GETEVENTMSG = 0x4201;
const PTRACE_SEIZE = 0x4206;
const PTRACE_INTERRUPT = 0x4207;
const PTRACE_LISTEN = 0x4208;

const PTRACE_O_TRACEFORK = 1 << 1;
const PTRACE_O_TRACEVFORK = 1 << 2;
const PTRACE_O_TRACECLONE = 1 << 3;
const PTRACE_O_TRACEEXEC = 1 << 4;

const PTRACE_EVENT_FORK = 1;
const PTRACE_EVENT_VFORK = 2;
const PTRACE_EVENT_CLONE = 3;
const PTRACE_EVENT_EXEC = 4;
const PTRACE_EVENT_STOP = 128;

const { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU } = constants.signals;
const STOP_SIGNALS: ReadonlySet<number> = new Set([SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);

/** Why a tracee is waiting for its tracer. */
export type TraceStop =
  /**
   * it has created a process (or, by clone, perhaps a thread), which is traced, too: `createdBy` returns its
   * id
   */
  | { readonly kind: 'created'; readonly byClone: boolean }
  | { readonly kind: 'exec' }
  /** a signal is about to be delivered to it */
  | { readonly kind: 'signal'; readonly signal: number }
  /** it has stopped on this signal as an untraced process would */
  | { readonly kind: 'stopped'; readonly signal: number }
  /** it is new, or was interrupted, or a stop is over */
  | { readonly kind: 'pause' };

/** @param status si_status of a `trapped` change */
export function traceStop(status: number): TraceStop {
  const signal = status & 0xff;
  switch (status >> 8) {
    case 0:
      return { kind: 'signal', signal };
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
      return { kind: 'created', byClone: false };
    case PTRACE_EVENT_CLONE:
      return { kind: 'created', byClone: true };
    case PTRACE_EVENT_EXEC:
      return { kind: 'exec' };
    case PTRACE_EVENT_STOP:
      return STOP_SIGNALS.has(signal) ? { kind: 'stopped', signal } : { kind: 'pause' };
    default:
      return { kind: 'pause' };
  }
}

/** The result of `seize`. */
export type Seizure = 'seized' | 'gone' | 'forbidden';

/**
 * Traces a process or one of its threads, and everything that it creates from now on.
 * @returns `forbidden`: another uid, another tracer, or a seccomp filter
 */
export function seize(pid: number): Seizure {
  const options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
  if (calls().ptrace(PTRACE_SEIZE, pid, 0, options) === 0) return 'seized';
  const error = lastError('ptrace', `trace process ${pid}`);
  if (error.errno === ESRCH) return 'gone';
  if (error.errno === EPERM) return 'forbidden';
  throw error;
}

/** Resumes a waiting tracee, with this signal if it waits for the delivery of one. */
export function resume(pid: number, signal = 0): void {
  request(PTRACE_CONT, pid, signal, 'resume');
}

/** Leaves a tracee stopped, as its stop signal demands, and gets notified of its continuation. */
export function listen(pid: number): void {
  request(PTRACE_LISTEN, pid, 0, 'listen to');
}

/** Interrupts a running tracee, so that it can be detached. */
export function interrupt(pid: number): void {
  request(PTRACE_INTERRUPT, pid, 0, 'interrupt');
}

/** Detaches from a waiting tracee: it runs on (or stays stopped) as if it had never been traced. */
export function detach(pid: number, signal = 0): void {
  request(PTRACE_DETACH, pid, signal, 'let go of');
}

/**
 * Returns the pid (or thread id) that a waiting tracee has created; undefined if it has been killed
 * meanwhile.
 */
export function createdBy(pid: number): number | undefined {
  const message = allocatePinned(8);
  if (calls().ptraceInto(PTRACE_GETEVENTMSG, pid, 0, message) === 0) {
    return Number(viewOf(message).getBigUint64(0, HOST_IS_LITTLE_ENDIAN));
  }
  requireGone(`ask what process ${pid} has created`);
  return undefined;
}

/** Detaches from a tracee that waits for a former supervisor. @param status as of `traceStop` */
export function detachStranger(pid: number, status: number): void {
  const stop = traceStop(status);
  detach(pid, stop.kind === 'signal' ? stop.signal : 0);
}

/** Tests whether `thread` is a thread of this process, and not a process itself. */
export function isThreadOf(pid: number, thread: number): boolean {
  return readProcRecord(`/proc/${pid}/task/${thread}/stat`) !== undefined;
}

/**
 * Calls ptrace. ESRCH is no failure: the tracee was killed while it waited, and its exit will be reported.
 */
function request(number: number, pid: number, data: number, verb: string): void {
  if (calls().ptrace(number, pid, 0, data) !== 0) requireGone(`${verb} process ${pid}`);
}

function requireGone(attempt: string): void {
  const error = lastError('ptrace', attempt);
  if (error.errno !== ESRCH) throw error;
}

/**
 * Kills a child that this thread traces, and reaps it, waiting until it has ended. Threads that it has made
 * meanwhile are traced, too: the process itself can be reaped only after all of them (ptrace(2)).
 * @returns its status, or undefined if it is not our child
 */
export function endTracee(pid: number): WaitStatus | undefined {
  kill(pid, constants.signals.SIGKILL);
  for (const thread of threadsOf(pid)) if (thread !== pid) reapNow(thread);
  return reapNow(pid);
}

function threadsOf(pid: number): readonly number[] {
  const names = listProc(`/proc/${pid}/task`);
  return names === undefined || names === 'refused' ? [] : names.map(Number);
}
