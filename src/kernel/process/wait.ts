/** Watches and reaps children with waitid(2). The supervisor owns every wait: libuv starts no processes. */

import { ECHILD, EINTR } from '../errno.js';
import type { ChildChange, WaitStatus } from '../kernel.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned } from '../pinned-buffer.js';

const calls = lazily(() => ({
  waitid: libc().declare('int', 'waitid', ['int', 'unsigned int', 'void *', 'int']),
}));

/** <sys/wait.h> */
const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;

/** si_code of a SIGCHLD, <asm-generic/siginfo.h> */
const CLD_EXITED = 1;
const CLD_KILLED = 2;
const CLD_DUMPED = 3;
const CLD_TRAPPED = 4;

/** siginfo_t on 64-bit Linux: si_signo, si_errno, si_code, padding, then the union with si_pid, si_uid, si_status. */
const SIGINFO_SIZE = 128;
const SI_CODE = 8;
const SI_PID = 16;
const SI_STATUS = 24;

const CORE_DUMPED = 0x80;

const info = allocatePinned(SIGINFO_SIZE);

/** Returns false if there is no event; `noChild` if there is no such child. */
function wait(type: number, id: number, options: number, attempt: string, noChild = false): boolean {
  // POSIX leaves si_pid undefined when WNOHANG finds nothing; Linux does not change it
  info.fill(0);
  while (calls().waitid(type, id, info, options) !== 0) {
    const errno = libc().koffi.errno();
    if (errno === ECHILD) return noChild;
    if (errno !== EINTR) throw lastError('waitid', attempt);
  }
  return info.readInt32LE(SI_PID) !== 0;
}

function currentChange(): ChildChange {
  const pid = info.readInt32LE(SI_PID);
  const status = info.readInt32LE(SI_STATUS);
  switch (info.readInt32LE(SI_CODE)) {
    case CLD_EXITED:
      return { kind: 'ended', pid, status: exitedStatus(status) };
    case CLD_KILLED:
      return { kind: 'ended', pid, status };
    case CLD_DUMPED:
      return { kind: 'ended', pid, status: status | CORE_DUMPED };
    case CLD_TRAPPED:
      return { kind: 'trapped', pid, status };
    default:
      return { kind: 'stopped', pid, signal: status };
  }
}

function exitedStatus(exitCode: number): WaitStatus {
  return (exitCode & 0xff) << 8;
}

/** Returns the next child that has ended or stopped; it is returned again until it is consumed. */
export function nextChange(): ChildChange | undefined {
  const seen = wait(P_ALL, 0, WEXITED | WSTOPPED | WNOHANG | WNOWAIT, 'look for children that have ended');
  return seen ? currentChange() : undefined;
}

/** Reaps an ended child, or acknowledges a stopped one. Harmless if somebody else has done so. */
export function consume(change: ChildChange): void {
  const what = change.kind === 'ended' ? WEXITED : WSTOPPED;
  wait(P_PID, change.pid, what | WNOHANG, `reap process ${change.pid}`);
}

/**
 * Tests whether a child has ended, with one call instead of the three for /proc/PID/stat; does not reap it.
 * Strangers count as ended.
 */
export function hasEnded(pid: number): boolean {
  return wait(P_PID, pid, WEXITED | WNOHANG | WNOWAIT, `look whether process ${pid} has ended`, true);
}

/**
 * Reaps a child if it has ended, with one call instead of the two of `nextChange` and `consume`.
 * @returns its status; undefined if it is alive, or not our child
 */
export function reapEnded(pid: number): WaitStatus | undefined {
  return wait(P_PID, pid, WEXITED | WNOHANG, `reap process ${pid}`) ? endedStatus() : undefined;
}

/**
 * Waits, blocking, for the end of a child that is known to be ending, and reaps it.
 * @returns its status, or undefined if it is not our child
 */
export function reapNow(pid: number): WaitStatus | undefined {
  return wait(P_PID, pid, WEXITED, `reap process ${pid}`) ? endedStatus() : undefined;
}

function endedStatus(): WaitStatus | undefined {
  const change = currentChange();
  return change.kind === 'ended' ? change.status : undefined;
}
