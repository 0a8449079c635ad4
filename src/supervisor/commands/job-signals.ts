/** Signals that somebody sends to a job by hand. What follows from them is what follows when anybody sends them. */
import type { Tracking } from '../../tracker/tracking.js';
import type { CommandOutcome } from '../core/contract.js';
import type { SignalAnswer, SignalRequest } from '../signal-request.js';
import { jobLabel } from '../../tracker/job-key.js';
import type { Statuses } from '../status/statuses.js';

/** Who knows main, and who can reach it. */
export interface Signalling {
  readonly statuses: Pick<Statuses, 'find'>;
  readonly tracking: Pick<Tracking, 'handles'>;
}

/** Returns what sends a signal to main, or says why there is nobody to send it to. */
export function signalling({
  statuses,
  tracking,
}: Signalling): (request: SignalRequest) => SignalAnswer | Extract<CommandOutcome, { ok: false }> {
  return ({ name, env, instance, signal, whole }) => {
    const found = statuses.find(name, env, instance);
    if ('ok' in found) {
      if (found.ok) throw new Error(`find answered a success without a status for ${name}`);
      return found;
    }
    if (found.main === null)
      return { ok: false, error: 'not-running', message: `Job is not running: ${jobLabel(found)}` };
    tracking.handles.signal(found.main, signal, whole);
    return { name: found.name, instance: found.instance, pid: found.main };
  };
}
