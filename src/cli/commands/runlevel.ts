/**
 * foster runlevel N: what telinit tells init, as an event (Upstart 3.4): RUNLEVEL, and PREVLEVEL where it is known from
 * the environment, as in a script that sysvinit or Upstart runs.
 */
import type { EmitBody } from '../../control/protocol.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function runlevel(invocation: Invocation): Promise<number> {
  const [level = ''] = invocation.words;
  if (!/^[0-6Ss]$/.test(level)) throw usageError(`runlevel ${level}: expected 0 to 6, or S`);
  const previous = invocation.terminal.env['RUNLEVEL'] ?? 'N';
  const body: EmitBody = {
    event: 'runlevel',
    env: [`RUNLEVEL=${level.toUpperCase()}`, `PREVLEVEL=${previous}`],
    // telinit returns at once: a change to level 0 ends with the machine
    wait: false,
  };
  const answer = await invocation.client().request('/v1/events', { method: 'POST', body });
  if (invocation.json) invocation.printJson(answer);
  return EXIT.ok;
}
