import type { SystemError } from '../../kernel/system-error.js';

/** The C library's words for the errors that are found before a process is started (errno(3)). */
const WORDS = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  ENOTDIR: 'Not a directory',
  EPERM: 'Operation not permitted',
  ELOOP: 'Too many levels of symbolic links',
} as const;
export type ErrorCode = keyof typeof WORDS;

/** What was being done to the new process, in Upstart's words (`Failed to spawn JOB main process: REASON`). */
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

/** Errors that go away by themselves: too many processes, no memory, a program that is just being written. */
const TRANSIENT = new Set(['EAGAIN', 'ENOMEM', 'ETXTBSY', 'EMFILE', 'ENFILE']);

/** A process of a job could not be started. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';

  private constructor(
    /** Upstart's sentence: `unable to execute: No such file or directory` */
    readonly reason: string,
    /** what foster adds, on a line of its own since Upstart's line is fixed: `/no/such/program does not exist` */
    readonly hint: string,
    /** worth another attempt a little later */
    readonly transient: boolean,
    options?: ErrorOptions,
  ) {
    super(`${reason}: ${hint}`, options);
  }

  /** Found by looking before the start. */
  static found(step: LaunchStep, code: ErrorCode, hint: string): LaunchError {
    return new LaunchError(`unable to ${step}: ${WORDS[code]}`, hint, false);
  }

  /** Said by the kernel. */
  static said(step: LaunchStep, cause: SystemError): LaunchError {
    const { code, reason } = cause;
    // libuv has the C library's words, in lower case
    const words = reason.charAt(0).toUpperCase() + reason.slice(1);
    return new LaunchError(`unable to ${step}: ${words}`, cause.message, TRANSIENT.has(code), { cause });
  }

  /** Nothing could be written that tells the next supervisor of it. */
  static unsaved(cause: SystemError): LaunchError {
    const hint = `its start cannot be saved, and a crash of foster would start it twice: ${cause.message}; make room, then start it again`;
    return new LaunchError('unable to save its state', hint, false, { cause });
  }

  /** Neither Upstart nor the kernel has words for it. */
  static other(reason: string, hint: string): LaunchError {
    return new LaunchError(reason, hint, false);
  }
}
