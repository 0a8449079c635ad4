/**
 * ptrace(2) by PTRACE_SEIZE (Linux 3.4): no stop at the beginning, and a stop signal is told from a stop of the tracer's.
 *
 * A tracee belongs to the thread that seized it, so every call here is to be made on the main thread. Its stops come by
 * waitid as `trapped`. When the supervisor ends, the kernel lets go of all tracees and they run on.
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
  // variadic in C; on the architectures that Node runs on, Linux passes these arguments alike
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

/** Why a tracee waits for its tracer. */
export type TraceStop =
  /** it has created a process (or, by clone, perhaps a thread), which is traced as well: `createdBy` says which */
  | { readonly kind: 'created'; readonly byClone: boolean }
  | { readonly kind: 'exec' }
  /** a signal is about to be delivered to it */
  | { readonly kind: 'signal'; readonly signal: number }
  /** it has stopped as any process does on this signal */
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

/** What `seize` answers. */
export type Seizure = 'seized' | 'gone' | 'forbidden';

/**
 * Traces a process, or one thread of it, and what it creates from now on.
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

/** Lets a waiting tracee go on, with this signal if it waits for the delivery of one. */
export function resume(pid: number, signal = 0): void {
  request(PTRACE_CONT, pid, signal, 'resume');
}

/** Leaves a tracee stopped, as its stop signal wants it, and learns of its continuation. */
export function listen(pid: number): void {
  request(PTRACE_LISTEN, pid, 0, 'listen to');
}

/** Makes a running tracee wait for us, so that it can be let go of. */
export function interrupt(pid: number): void {
  request(PTRACE_INTERRUPT, pid, 0, 'interrupt');
}

/** Lets go of a waiting tracee: it runs on (or stays stopped) as if it had never been traced. */
export function detach(pid: number, signal = 0): void {
  request(PTRACE_DETACH, pid, signal, 'let go of');
}

/** The pid (or thread id) that a waiting tracee has created; undefined when it has been killed meanwhile. */
export function createdBy(pid: number): number | undefined {
  const message = allocatePinned(8);
  if (calls().ptraceInto(PTRACE_GETEVENTMSG, pid, 0, message) === 0) {
    return Number(viewOf(message).getBigUint64(0, HOST_IS_LITTLE_ENDIAN));
  }
  requireGone(`ask what process ${pid} has created`);
  return undefined;
}

/** Lets go of a tracee that waits for a tracer who is no more: that of a former supervisor. @param status as of `traceStop` */
export function letGoOfStranger(pid: number, status: number): void {
  const stop = traceStop(status);
  detach(pid, stop.kind === 'signal' ? stop.signal : 0);
}

/** Whether `thread` is one of the threads of this process, and not a process itself. */
export function isThreadOf(pid: number, thread: number): boolean {
  return readProcRecord(`/proc/${pid}/task/${thread}/stat`) !== undefined;
}

/** ESRCH is no failure: somebody has killed the tracee while it waited, and its end is to come. */
function request(number: number, pid: number, data: number, verb: string): void {
  if (calls().ptrace(number, pid, 0, data) !== 0) requireGone(`${verb} process ${pid}`);
}

function requireGone(attempt: string): void {
  const error = lastError('ptrace', attempt);
  if (error.errno !== ESRCH) throw error;
}

/**
 * Ends a child that this thread traces, and reaps it, waiting for as long as its end takes. The threads that it has made
 * meanwhile are traced as well: until each of them has been waited for, the process itself cannot be (ptrace(2)).
 * @returns its status, or undefined when it is no child of ours
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
