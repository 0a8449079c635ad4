/** telinit and runlevel: the runlevel is that of the last event `runlevel` (Upstart 11). */
import type { Runlevels } from '../../supervisor/bridges/runlevel.js';
import { runlevelIn } from '../../supervisor/lifecycle/login-records.js';
import { UsageError } from '../initctl/failure.js';
import {
  changeRunlevel,
  LEVELS,
  requireRoot,
  type Level,
  type SysvCommand,
  type SysvContext,
} from './request.js';

export const telinit: SysvCommand = {
  synopsis: 'RUNLEVEL',
  summary: 'change the runlevel',
  options: { env: { short: 'e', value: 'KEY=VALUE', help: 'variable of the event' } },
  run: runTelinit,
};

export const runlevel: SysvCommand = {
  synopsis: '[UTMP]',
  summary: 'print the previous and the current runlevel',
  options: {},
  run: runRunlevel,
};

async function runTelinit({ arguments: given, client, terminal }: SysvContext): Promise<number> {
  const [level] = given.words;
  if (level === undefined) throw new UsageError('missing runlevel');
  requireRoot(terminal);
  switch (level.toUpperCase()) {
    case 'Q':
      await client.request('/v1/reload-configuration', { method: 'POST' });
      return 0;
    case 'U':
      await client.request('/v1/reexec', { method: 'POST' });
      return 0;
    default:
      await changeRunlevel(client, levelOf(level), given.lists['env'] ?? []);
      return 0;
  }
}

function levelOf(word: string): Level {
  const level = LEVELS.find((known) => known === word.toUpperCase());
  if (level === undefined) throw new UsageError(`Illegal runlevel: ${word}`);
  return level;
}

/**
 * Prints the runlevel. Upstart reads it from utmp, which this does only when a file is given: otherwise
 * foster knows it.
 */
async function runRunlevel({ arguments: { words, flags }, client, terminal }: SysvContext): Promise<number> {
  const [file] = words;
  const levels = file === undefined ? await client.request<Runlevels>('/v1/runlevel') : runlevelIn(file);
  const known = levels !== undefined && levels.current !== 'N';
  if (!flags.has('quiet')) terminal.out(known ? `${levels.previous} ${levels.current}\n` : 'unknown\n');
  return known ? 0 : 1;
}
