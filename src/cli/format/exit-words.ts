/** Describes how a process ended, the same way in `list`, `status` and `why`. */
import type { ExitReport } from '../../supervisor/api/job-status.js';

/**
 * Returns `status 1`, `signal KILL` or `signal TERM, unhealthy: 3 checks in a row have failed`, to follow
 * `last exit:`.
 */
export function exitWords(exit: ExitReport): string {
  return `${howItEnded(exit)}${exit.because === undefined ? '' : `, ${exit.because}`}`;
}

function howItEnded(exit: ExitReport): string {
  if ('unknown' in exit) return UNKNOWN[exit.unknown];
  return 'signal' in exit ? `signal ${exit.signal}` : `status ${exit.status}`;
}

const UNKNOWN = {
  'ended-while-down': 'unknown, ended while foster was down',
  'not-reported': 'status unknown',
} as const;
