/**
 * Exit statuses of `foster`: those of the LSB's init scripts (LSB core, "Init Script Actions"). docs/cli.md is the one
 * place where users read them.
 */
import type { ErrorCode } from '../control/errors.js';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** no privilege */
  forbidden: 4,
  /** "program is not installed": no such job */
  unknownJob: 5,
  /** "program is not running": reload of a stopped job */
  notRunning: 7,
  /** no supervisor answers; 150-199 are an application's own */
  unreachable: 150,
} as const;

/** Of `foster status`; with --json a status that could be answered is 0. */
export const STATUS_EXIT = { running: 0, notRunning: 3, unknown: 4 } as const;

/** The exit status for what the supervisor refuses. */
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
