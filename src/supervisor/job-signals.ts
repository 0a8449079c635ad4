/** Signals that somebody sends to a job by hand. What follows from them is what follows when anybody sends them. */
import type { JobStatus } from './api.js';
import type { Tracking } from '../tracker/tracking.js';
import type { CommandOutcome } from './core/contract.js';
import type { SignalAnswer, SignalRequest } from './signal-request.js';
import { jobLabel } from './job-key.js';

/** What is asked of the supervisor. It may still be being made when it is given. */
export interface SignallingSupervisor {
  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome;
  readonly tracking: Pick<Tracking, 'handles'>;
}

/** Returns what sends a signal to main, or says why there is nobody to send it to. */
export function signalling(
  supervisor: SignallingSupervisor,
): (request: SignalRequest) => SignalAnswer | Extract<CommandOutcome, { ok: false }> {
  return ({ name, env, instance, signal, whole }) => {
    const found = supervisor.find(name, env, instance);
    if ('ok' in found) {
      if (found.ok) throw new Error(`find answered a success without a status for ${name}`);
      return found;
    }
    if (found.main === null)
      return { ok: false, error: 'not-running', message: `Job is not running: ${jobLabel(found)}` };
    supervisor.tracking.handles.signal(found.main, signal, whole);
    return { name: found.name, instance: found.instance, pid: found.main };
  };
}
