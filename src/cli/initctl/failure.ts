/** Errors of initctl; `main.ts` prints them with the program's name before them, and ends with status 1. */

/** The request could not be carried out. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** The command line itself is wrong: the hint at `--help` follows. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
