/** Errors between a re-exec and the moment when there is a supervisor again that can answer them (replacement.ts). */
import type { Kernel } from '../../kernel/kernel.js';
import type { Log } from '../log.js';
import type { Handover } from '../state/handover.js';
import { decideFailure } from './failures.js';
import { reexecute } from './reexec.js';

export interface EarlyFailureParts {
  readonly kernel: Kernel;
  readonly log: Log;
  readonly umask: number;
  readonly handover: Handover;
}

/** Tries again with the same handover, and without one when that has failed too often. */
export function answerEarlyFailure(
  error: unknown,
  { kernel, log, umask, handover }: EarlyFailureParts,
): never {
  log('fatal', `Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const { answer, failures } = decideFailure(handover.failures, kernel.now() / 1e6);
  const kind = answer === 'degrade' ? 'degraded' : handover.kind;
  log.flush();
  reexecute({ ...handover, kind, failures }, kernel, umask);
}
