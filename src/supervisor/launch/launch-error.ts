import type { SystemError } from '../../kernel/system-error.js';

/** The C library's messages for errors that foster finds before it starts a process (errno(3)). */
const WORDS = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  ENOTDIR: 'Not a directory',
  EPERM: 'Operation not permitted',
  ELOOP: 'Too many levels of symbolic links',
} as const;
type ErrorCode = keyof typeof WORDS;

/** The failed step, in Upstart's words (`Failed to spawn JOB main process: unable to STEP: ...`). */
export type LaunchStep =
  | 'execute'
  | 'change working directory'
  | 'change root directory'
  | 'setuid'
  | 'setgid'
  | 'set resource limit'
  | 'set priority'
  | 'set oom adjustment'
  | 'open console'
  | 'place in cgroup'
  | 'read environment file'
  | 'make runtime directory';

/** Errors that may go away: too many processes, no memory, a program file that is being written. */
const TRANSIENT = new Set(['EAGAIN', 'ENOMEM', 'ETXTBSY', 'EMFILE', 'ENFILE']);

/** The start of a process of a job failed. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';

  private constructor(
    /** Upstart's sentence: `unable to execute: No such file or directory` */
    readonly reason: string,
    /** foster's explanation, on a line of its own since Upstart's line is fixed: `/no/such/program does not exist` */
    readonly hint: string,
    /** a retry a little later may work */
    readonly transient: boolean,
    options?: ErrorOptions,
  ) {
    super(`${reason}: ${hint}`, options);
  }

  /** Returns the error that a check before the start found. */
  static found(step: LaunchStep, code: ErrorCode, hint: string): LaunchError {
    return new LaunchError(`unable to ${step}: ${WORDS[code]}`, hint, false);
  }

  /** Returns the error for an error of a system call. */
  static fromSystemError(step: LaunchStep, cause: SystemError): LaunchError {
    const { code, reason } = cause;
    // libuv has the C library's messages in lower case
    const words = reason.charAt(0).toUpperCase() + reason.slice(1);
    return new LaunchError(`unable to ${step}: ${words}`, cause.message, TRANSIENT.has(code), { cause });
  }

  /** Returns the error for a record of the start that could not be written: the next supervisor would need it. */
  static unsaved(cause: SystemError): LaunchError {
    const hint = `its start cannot be recorded, and after a crash foster would start it a second time: ${cause.message}; free some space, then start it again`;
    return new LaunchError('unable to save its state', hint, false, { cause });
  }

  /** Returns any other error. */
  static other(reason: string, hint: string): LaunchError {
    return new LaunchError(reason, hint, false);
  }
}
