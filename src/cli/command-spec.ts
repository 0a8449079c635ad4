/** What a command of `foster` is: plain data, from which the parsers, the help and shell completion are made. */
import type { Invocation } from './invocation.js';

export interface OptionSpec {
  readonly short?: string;
  /** what help calls the option's argument; without one it is a switch */
  readonly value?: string;
  /** may be repeated */
  readonly many?: true;
  /** the values there are */
  readonly choices?: readonly string[];
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** commander's notation: `<name...>`, `[job...]`; empty when there are none */
  readonly operands: string;
  /** the operands are a program with its arguments: whatever follows the first of them is not ours to read */
  readonly runsProgram?: true;
  /** what the operands are, for shell completion */
  readonly completes?: 'jobs' | 'files' | readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** reads the module that does the work, only when it is asked for: reading modules is what a short command spends its time on */
  readonly load: () => Promise<(invocation: Invocation) => Promise<number>>;
}

/** The options of every command. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  socket: { value: 'PATH', help: 'control socket (default: FOSTER_SOCKET, or RUNDIR/foster.sock)' },
  json: { help: 'print JSON (docs/*.schema.json)' },
  raw: { help: 'do not escape control characters' },
};
