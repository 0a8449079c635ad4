/** What a System V command asks of the supervisor, after its own command line has been read. */
import type { ControlClient } from '../../control/client/client.js';
import { readProcFile } from '../../kernel/proc/proc-file.js';
import type { Runlevels } from '../../supervisor/bridges/runlevel.js';
import type { Arguments, OptionTable } from '../initctl/arguments.js';
import { Failure } from '../initctl/failure.js';
import type { Terminal } from '../terminal.js';

export interface SysvContext {
  readonly terminal: Terminal;
  readonly client: ControlClient;
  readonly arguments: Arguments;
  /** the name by which the program was called */
  readonly program: string;
}

export interface SysvCommand {
  readonly synopsis: string;
  readonly summary: string;
  readonly options: OptionTable;
  /** @returns the exit status; @throws Failure or UsageError */
  readonly run: (context: SysvContext) => Promise<number>;
}

/** The level that a kind of end has. */
export type Level = '0' | '1' | '2' | '3' | '4' | '5' | '6' | 'S';

export function requireRoot({ uid }: Terminal): void {
  if (uid !== 0) throw new Failure('Need to be root');
}

/**
 * Elsewhere nothing would happen, or too much: these commands are in the PATH of .conf jobs, also of a foster that an
 * ordinary user or another init has started.
 * @throws Failure
 */
export function requireMachine(): void {
  const words = readProcFile('/proc/1/cmdline')?.toString('utf8').split('\0') ?? [];
  if (words.includes('init') && words.includes('--machine')) return;
  throw new Failure('The init of this machine is not foster; `foster shutdown` ends the supervisor alone');
}

/** Emits the event `runlevel`; foster goes on from there. */
export async function changeRunlevel(
  client: ControlClient,
  level: Level,
  env: readonly string[] = [],
): Promise<Runlevels> {
  return client.request<Runlevels>('/v1/runlevel', { method: 'POST', body: { level, env } });
}
