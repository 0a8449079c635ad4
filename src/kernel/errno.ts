/** Turns an errno, from the C library or from Node, into a `SystemError`; the only place that does. */

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

import { SystemError } from './system-error.js';

export const {
  EACCES,
  EADDRINUSE,
  EAGAIN,
  EBADF,
  EBUSY,
  ECHILD,
  EINTR,
  EFBIG,
  EINVAL,
  EISDIR,
  EMFILE,
  ENFILE,
  ELOOP,
  ENOBUFS,
  ENODEV,
  ENOENT,
  ENOMEM,
  ENOSPC,
  ENOSYS,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  ESRCH,
} = constants.errno;

const codeByErrno = new Map(Object.entries(constants.errno).map(([code, errno]) => [errno, code]));

/** Cached, because Node rebuilds the table on each call. */
let words: ReturnType<typeof getSystemErrorMap> | undefined;

/**
 * @param syscall the call that failed, for instance `posix_spawn`
 * @param errno a positive errno
 * @param attempt what was being done, for instance `start /usr/sbin/nginx`
 */
export function systemError(syscall: string, errno: number, attempt: string): SystemError {
  // libuv's table has the words but not every errno; node:os has every name.
  const [code, reason] = (words ??= getSystemErrorMap()).get(-errno) ?? [
    codeByErrno.get(errno) ?? `errno ${errno}`,
    'no description',
  ];
  return new SystemError(syscall, errno, code, attempt, reason);
}

interface NodeSystemError extends Error {
  readonly errno: number;
  readonly code: string;
  readonly syscall: string;
}

function isNodeSystemError(error: unknown): error is NodeSystemError {
  return error instanceof Error && 'errno' in error && 'code' in error && 'syscall' in error;
}

/**
 * Converts what node:fs or `process.kill` threw to a `SystemError`; rethrows anything that did not come from
 * a system call.
 */
export function fromNodeError(error: unknown, attempt: string): SystemError {
  if (!isNodeSystemError(error)) throw error;
  return systemError(error.syscall, Math.abs(error.errno), attempt);
}

/** Returns the code (`ENOENT`) of an error that node:fs threw; undefined if it was no failed system call. */
export function nodeErrorCode(error: unknown): string | undefined {
  return isNodeSystemError(error) ? error.code : undefined;
}
