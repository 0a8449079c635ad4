/** Signals that `foster signal` sends to a job. They have the same consequences as signals from anybody else. */
import type { Tracking } from '../../tracker/tracking.js';
import type { CommandOutcome } from '../core/contract.js';
import type { SignalAnswer, SignalRequest } from '../api/requests.js';
import { jobLabel } from '../../tracker/job-key.js';
import type { Statuses } from '../status/statuses.js';

interface Signalling {
  readonly statuses: Pick<Statuses, 'find'>;
  readonly tracking: Pick<Tracking, 'handles'>;
}

/** Returns a function that sends a signal to main, or explains why there is no main. */
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
