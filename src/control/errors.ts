/** The error replies of the control socket: one JSON object, and a matching HTTP status. */
import type { CommandError, CommandOutcome } from '../supervisor/core/contract.js';

export type ErrorCode =
  | CommandError
  | 'bad-request'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'too-large'
  | 'too-slow'
  | 'busy'
  | 'not-permitted'
  | 'internal';

/**
 * The body of a reply with HTTP status 400 or more (except for GET /v1/health, which replies 503 with a
 * report).
 */
export interface ErrorBody {
  readonly error: ErrorCode;
  /** one sentence, without program name */
  readonly message: string;
  /** what would be correct, if known */
  readonly expected?: string;
}

/** HTTP statuses as RFC 9110 defines them; 422 is an understood request that cannot be carried out. */
export const HTTP_STATUS = {
  'bad-request': 400,
  forbidden: 403,
  'not-permitted': 403,
  'not-found': 404,
  'unknown-job': 404,
  'unknown-instance': 404,
  'method-not-allowed': 405,
  'too-slow': 408,
  'already-running': 409,
  'already-stopped': 409,
  'not-running': 409,
  unclear: 409,
  'too-large': 413,
  'unknown-parameter': 422,
  'invalid-argument': 422,
  'job-failed': 422,
  'event-failed': 422,
  'not-scalable': 422,
  'broken-file': 422,
  busy: 429,
  internal: 500,
  'timed-out': 504,
} as const satisfies Record<ErrorCode, number>;

/** Thrown by a route, sent by the server. Affects only this request. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly expected?: string,
    /** HTTP status, if a better one than the code's exists */
    readonly status: number = HTTP_STATUS[code],
  ) {
    super(message);
  }

  body(): ErrorBody {
    const body = { error: this.code, message: this.message };
    return this.expected === undefined ? body : { ...body, expected: this.expected };
  }
}

/** Returns the error body of a failed outcome. */
export function outcomeError(outcome: CommandOutcome & { ok: false }): ErrorBody {
  return { error: outcome.error, message: outcome.message };
}
