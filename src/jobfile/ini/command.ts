/**
 * What a command of an `.ini` file means. Upstart runs `exec LINE`: of `a && b` that is `a` alone, and `A=1 cmd` is a program
 * called `A=1`. An `.ini` file means what the shell would make of the line: a list or a pipe is run by the shell, and variables
 * before a command are set for it. Pure.
 */
import type { CommandText } from '../job-class/job-class.js';
import { shellLine } from '../shell-line.js';

/** Before a line that the shell runs as a whole: `sh -c LINE`, while scripts run with -e. */
const AS_BY_SH_C = 'set +e; ';

/** What is done with a command of an `.ini` file. */
export type IniCommand =
  | { readonly kind: 'program'; readonly command: CommandText }
  /** several commands: the shell stays, and runs them */
  | { readonly kind: 'list'; readonly command: CommandText }
  /** variables before it: the shell sets them, and becomes the command */
  | { readonly kind: 'variables'; readonly command: CommandText; readonly variables: readonly string[] };

/** Returns what `line` says in an `.ini` file. A leading `exec` is the shell's word: the line means what it means in `.conf`. */
export function iniCommand(line: string): IniCommand {
  const { assignments, words, commandAt, operators, isCompound } = shellLine(line);
  const own = /^exec[ \t]+(?=\S)/.exec(line);
  if (own !== null) return { kind: 'program', command: { exec: line.slice(own[0].length) } };
  const joins = operators.some(({ next }) => next !== undefined);
  if (joins || isCompound) return { kind: 'list', command: { script: `${AS_BY_SH_C}${line}\n` } };
  if (assignments.length === 0 || words.length === 0) return { kind: 'program', command: { exec: line } };
  const command = line.slice(commandAt);
  const script = `${line.slice(0, commandAt)}${words[0] === 'exec' ? '' : 'exec '}${command}\n`;
  return { kind: 'variables', command: { script }, variables: assignments };
}

/** Writes an `exec` as a line that `iniCommand` reads as the same. */
export function writeIniCommand(exec: string): string {
  const { command } = iniCommand(exec);
  return 'exec' in command && command.exec === exec ? exec : `exec ${exec}`;
}

/** The line as somebody wrote it, for people. */
export function commandAsWritten(command: CommandText): string {
  if ('argv' in command) return command.argv.join(' ');
  if ('exec' in command) return command.exec;
  return command.script.startsWith(AS_BY_SH_C)
    ? command.script.slice(AS_BY_SH_C.length).trimEnd()
    : command.script;
}
