/** Decides how a command of a job file is run: directly or by the shell (Upstart section 2.1). Pure. */
import type { CommandText } from '../../jobfile/job-class/job-class.js';
import type { LaunchRequest } from './launch-request.js';

export const SHELL = '/bin/sh';

/** The descriptor on which the shell reads a script, as in Upstart. The script's first line closes it. */
export const SCRIPT_DESCRIPTOR = 9;

/** `$0` of a script in Upstart, which scripts use in messages. */
const SCRIPT_PATH = `/proc/self/fd/${SCRIPT_DESCRIPTOR}`;

/** Characters that make Upstart run an `exec` line by the shell. */
const SHELL_CHARACTERS = /[~`!$^&*()=|\\{}[\];"'<>?]/;

export interface Invocation {
  /** `argv[0]` is the program as written: a path, or a name to search in PATH */
  readonly argv: readonly string[];
  /** the text that the shell reads from SCRIPT_DESCRIPTOR */
  readonly script?: string;
}

/**
 * Returns how to run a command. A one-line script, or an `exec` line with shell characters, becomes an argument of
 * the shell. The shell reads a longer script from a descriptor, so that it may be longer than an argument (128 KiB,
 * execve(2)) and does not show up in `ps`.
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

/** Returns how to run a command in a root directory without /proc, where the shell cannot open the descriptor. */
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

/** A cache, since most respawns use the same command, and this is on their way. */
const known = new WeakMap<object, readonly string[]>();

/** Returns the arguments of a process, which the tracker uses until its first exec. */
export function describeArguments({ class: jobClass, process }: LaunchRequest): readonly string[] {
  const command = jobClass.processes[process];
  if (command === undefined) return [];
  const words = known.get(command) ?? invocationOf(command).argv;
  known.set(command, words);
  return words;
}
