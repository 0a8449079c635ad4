/** How a command of a job file is run: directly, or by the shell (Upstart section 2.1). Pure. */
import type { CommandText } from '../../jobfile/job-class/job-class.js';

export const SHELL = '/bin/sh';

/** Descriptor on which the shell finds a script, as in Upstart; the script's first line closes it. */
export const SCRIPT_DESCRIPTOR = 9;

/** `$0` of a script in Upstart; scripts compare it in messages. */
export const SCRIPT_PATH = `/proc/self/fd/${SCRIPT_DESCRIPTOR}`;

/** Characters that make Upstart hand an `exec` line to the shell. `=` and `*` are among them, blanks are not. */
const SHELL_CHARACTERS = /[~`!$^&*()=|\\{}[\];"'<>?]/;

export interface Invocation {
  /** `argv[0]` is the program as it was written: a path or a name to be searched in PATH */
  readonly argv: readonly string[];
  /** what the shell reads from SCRIPT_DESCRIPTOR */
  readonly script?: string;
}

/**
 * A one-line script, or an `exec` line with shell characters, is an argument of the shell. A longer script reaches the
 * shell by a descriptor, so that it may be longer than an argument (128 KiB, execve(2)) and does not show in `ps`.
 */
export function invocationOf(command: CommandText): Invocation {
  if ('argv' in command) return command;
  if ('exec' in command) return execLine(command.exec);
  const script = command.script.replace(/\n+$/, '');
  if (!script.includes('\n')) return shellArgument(script);
  return {
    argv: [SHELL, '-e', SCRIPT_PATH],
    script: `exec ${SCRIPT_DESCRIPTOR}<&-\n${script}\n`,
  };
}

/** The same script as an argument: for a root directory that has no /proc to find the descriptor in. */
export function withoutDescriptor(command: CommandText): Invocation {
  if ('argv' in command) return command;
  return 'exec' in command ? execLine(command.exec) : shellArgument(command.script.replace(/\n+$/, ''));
}

function execLine(line: string): Invocation {
  if (SHELL_CHARACTERS.test(line)) return shellArgument(`exec ${line}`);
  return { argv: line.split(/[ \t\r\n]+/).filter((word) => word !== '') };
}

function shellArgument(text: string): Invocation {
  return { argv: [SHELL, '-e', '-c', text, SHELL] };
}
