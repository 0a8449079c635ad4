/** Errors of initctl; `main.ts` prints them after the program's name and exits with status 1. */

/** The request could not be carried out. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** The command line is invalid: a hint at `--help` follows the message. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
