/**
 * Exit statuses of `foster`, which follow the LSB's init scripts (LSB core, "Init Script Actions").
 * Users find them in docs/cli.md only.
 */
import type { ErrorCode } from '../control/errors.js';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** insufficient privilege */
  forbidden: 4,
  /** "program is not installed": no such job */
  unknownJob: 5,
  /** "program is not running": reload of a stopped job */
  notRunning: 7,
  /** the supervisor does not answer; the LSB reserves 150-199 for applications */
  unreachable: 150,
} as const;

/** Exit statuses of `foster status`; with --json it is 0 whenever there is an answer. */
export const STATUS_EXIT = { running: 0, notRunning: 3, unknown: 4 } as const;

/** Returns the exit status for an error that the supervisor answers with. */
export function refusedStatus(code: ErrorCode): number {
  switch (code) {
    case 'forbidden':
    case 'not-permitted':
      return EXIT.forbidden;
    case 'unknown-job':
    case 'unknown-instance':
      return EXIT.unknownJob;
    case 'not-running':
      return EXIT.notRunning;
    case 'bad-request':
    case 'unknown-parameter':
    case 'invalid-argument':
      return EXIT.usage;
    case 'already-running':
    case 'broken-file':
    case 'already-stopped':
    case 'busy':
    case 'event-failed':
    case 'internal':
    case 'job-failed':
    case 'method-not-allowed':
    case 'not-found':
    case 'not-scalable':
    case 'timed-out':
    case 'too-large':
    case 'too-slow':
    case 'unclear':
      return EXIT.failed;
  }
}
