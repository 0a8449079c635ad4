/**
 * Describes expected errors: foster does not run, refuses, or a file cannot be read. Any other error is a bug
 * in foster.
 */
import { CliError } from '../../cli/cli-error.js';
import { RefusedError, UnreachableError } from '../../control/client/client.js';
import { SocketPathError } from '../../control/socket-address.js';
import { visibleLine } from '../../text/visible.js';
import { isCodedError } from '../../kernel/errno.js';

/** Returns one sentence. @throws the error itself if it is a bug in foster */
export function faultText(error: unknown): string {
  const isKnown =
    error instanceof UnreachableError ||
    error instanceof RefusedError ||
    error instanceof SocketPathError ||
    error instanceof CliError ||
    // errors of system calls, such as a log that was removed meanwhile
    isCodedError(error);
  if (!isKnown) throw error;
  return visibleLine(error.message);
}

/** Tests whether foster refused because this user is not its owner. */
export function isForbidden(error: unknown): boolean {
  return error instanceof RefusedError && error.code === 'forbidden';
}
