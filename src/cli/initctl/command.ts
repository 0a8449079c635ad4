/** Describes a command of initctl, and the context in which it runs. */
import type { ControlClient } from '../../control/client/client.js';
import type { Terminal } from '../terminal.js';
import type { Arguments, OptionTable } from './arguments.js';

export interface Context {
  readonly terminal: Terminal;
  readonly client: ControlClient;
  readonly arguments: Arguments;
  /** prints a line unless `--quiet` */
  readonly print: (line: string) => void;
}

export interface InitctlCommand {
  /** follows the name in `--help`: `JOB [KEY=VALUE]...` */
  readonly synopsis: string;
  readonly summary: string;
  readonly options: OptionTable;
  /** @returns the exit status, 0 when there is none; @throws Failure, UsageError, or what the client throws */
  readonly run: (context: Context) => Promise<number | undefined>;
}

/**
 * The version of Upstart that foster emulates. Boot scripts look for the word and the number in exactly this
 * form (`initctl version | grep -q upstart` in LSB's init-functions); `foster version` prints the real
 * version.
 */
export const UPSTART_VERSION = 'upstart 1.13.2';
