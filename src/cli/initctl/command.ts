/** What one command of initctl is, and what it is given. */
import type { ControlClient } from '../../control/client.js';
import type { Terminal } from '../terminal.js';
import type { Arguments, OptionTable } from './arguments.js';

export interface Context {
  readonly terminal: Terminal;
  readonly client: ControlClient;
  readonly arguments: Arguments;
  /** prints a line unless `--quiet` */
  readonly say: (line: string) => void;
}

export interface InitctlCommand {
  /** behind the name in `--help`: `JOB [KEY=VALUE]...` */
  readonly synopsis: string;
  readonly summary: string;
  readonly options: OptionTable;
  /** @returns the exit status, 0 when there is none; @throws Failure, UsageError, or what the client throws */
  readonly run: (context: Context) => Promise<number | undefined>;
}
