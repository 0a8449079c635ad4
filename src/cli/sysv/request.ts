/** What the System V commands share: their context, their checks, and the request to the supervisor. */
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

/** The runlevels that a command may change to. */
export const LEVELS = ['0', '1', '2', '3', '4', '5', '6', 'S'] as const;
export type Level = (typeof LEVELS)[number];

export function requireRoot({ uid }: Terminal): void {
  if (uid !== 0) throw new Failure('Need to be root');
}

/**
 * Refuses to run unless foster is the init of the machine. These commands are in the PATH of .conf jobs, even
 * when an ordinary user or another init started foster.
 * @throws Failure
 */
export function requireMachine(): void {
  const words = readProcFile('/proc/1/cmdline')?.toString('utf8').split('\0') ?? [];
  if (words.includes('init') && words.includes('--machine')) return;
  throw new Failure('The init of this machine is not foster; `foster shutdown` ends the supervisor alone');
}

/** Emits the event `runlevel`; jobs and foster react to it. */
export async function changeRunlevel(
  client: ControlClient,
  level: Level,
  env: readonly string[] = [],
): Promise<Runlevels> {
  return client.request<Runlevels>('/v1/runlevel', { method: 'POST', body: { level, env } });
}
