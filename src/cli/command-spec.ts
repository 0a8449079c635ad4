/**
 * Describes the commands of `foster` as plain data, from which the parsers, the help and shell completion are
 * made.
 */
import type { Invocation } from './invocation.js';

export interface OptionSpec {
  readonly short?: string;
  /** the name of the option's argument in the help; without one it is a switch */
  readonly value?: string;
  /** may be repeated */
  readonly many?: true;
  /** the allowed values */
  readonly choices?: readonly string[];
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** the names of such a command in other programs, for people who type those; none is a name in foster */
  readonly elsewhere?: readonly string[];
  /** in commander's notation: `<name...>`, `[job...]`; empty when there are none */
  readonly operands: string;
  /** the operands are a program with its arguments: foster parses nothing after the first of them */
  readonly runsProgram?: true;
  /** what the operands are, for shell completion */
  readonly completes?: 'jobs' | 'files' | 'commands' | readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /**
   * Imports the module of the command only when the command runs: most of the time of a short command goes
   * into loading modules.
   */
  readonly load: () => Promise<(invocation: Invocation) => Promise<number>>;
}

/** Commands for one purpose. */
export interface CommandGroup {
  /** a heading of the help */
  readonly title: string;
  readonly commands: readonly CommandSpec[];
}

export const TIMEOUT: OptionSpec = {
  value: 'SECONDS',
  help: 'longest time to wait; the operation itself continues',
};
export const INSTANCE: OptionSpec = { value: 'NAME', help: 'the instance with this name' };

/** Options of every command. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  socket: { value: 'PATH', help: 'control socket (default: FOSTER_SOCKET, or RUNDIR/foster.sock)' },
  json: { help: 'print JSON (docs/*.schema.json)' },
  raw: { help: 'do not escape control characters' },
};
