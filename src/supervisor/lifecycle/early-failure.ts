/** Handles errors after a re-exec, until the new supervisor can handle them itself (replacement.ts). */
import type { Kernel } from '../../kernel/kernel.js';
import type { Log } from '../log/log.js';
import type { Handover } from '../state/handover.js';
import { decideFailure, GIVING_UP, SOFTWARE_ERROR } from './failures.js';
import type { NamespaceInit } from './namespace-init.js';
import { reexecute } from './reexec.js';
import type { SignalHandlers } from './signal-handlers.js';

interface EarlyFailureParts {
  readonly kernel: Kernel;
  readonly log: Log;
  readonly umask: number;
  readonly handover: Handover;
  readonly signals: Pick<SignalHandlers, 'waiting'>;
  readonly namespaceInit: NamespaceInit | undefined;
}

/**
 * Re-executes again, with the same handover. After too many failures, PID 1 enters its degraded mode. An ordinary
 * process exits; its jobs keep running, and the next supervisor recovers them.
 */
export function answerEarlyFailure(
  error: unknown,
  { kernel, log, umask, handover, signals, namespaceInit }: EarlyFailureParts,
): never {
  log('fatal', `Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const { answer, failures } = decideFailure(handover.failures, kernel.now() / 1e6);
  if (answer === 'degrade' && namespaceInit === undefined) {
    log('fatal', GIVING_UP);
    log.flush();
    process.exit(SOFTWARE_ERROR);
  }
  const kind = answer === 'degrade' ? 'degraded' : handover.kind;
  log.flush();
  reexecute({ ...handover, kind, failures, signals: signals.waiting }, kernel, umask);
}
