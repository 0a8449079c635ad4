/**
 * foster runlevel: prints the runlevel as runlevel(8) does.
 * With a level, changes it as telinit(8) does: by emitting the event `runlevel` (Upstart 3.4).
 */
import type { Runlevels } from '../../supervisor/bridges/runlevel.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function runlevel(invocation: Invocation): Promise<number> {
  const [level] = invocation.words;
  if (level !== undefined && !/^[0-6Ss]$/.test(level))
    throw usageError(`runlevel ${level}: expected 0 to 6, or S`);
  const client = invocation.client();
  const levels =
    level === undefined
      ? await client.request<Runlevels>('/v1/runlevel')
      : await client.request<Runlevels>('/v1/runlevel', {
          method: 'POST',
          body: { level: level.toUpperCase() },
        });
  if (invocation.json) invocation.printJson(levels);
  else if (level === undefined) invocation.print(`${levels.previous} ${levels.current}`);
  return EXIT.ok;
}
