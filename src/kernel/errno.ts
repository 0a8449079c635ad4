/** Errors of system calls: turns an errno, from the C library or from Node, into a `SystemError`, and reads the code of any error. */
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

/** An error with a code: of a system call (`ENOENT`), or of Node (`ERR_INVALID_ARG_VALUE`, for a path with a NUL). */
interface CodedError extends Error {
  readonly code: string;
}

/**
 * Tests for an error with a code. Whatever the file system or the network causes has one; of the bugs in foster, only those
 * that Node notices (`ERR_…`).
 */
export function isCodedError(error: unknown): error is CodedError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Returns the code of such an error: `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return isCodedError(error) ? error.code : undefined;
}

interface NodeSystemError extends CodedError {
  readonly errno: number;
  readonly syscall: string;
}

function isNodeSystemError(error: unknown): error is NodeSystemError {
  return isCodedError(error) && 'errno' in error && 'syscall' in error;
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
