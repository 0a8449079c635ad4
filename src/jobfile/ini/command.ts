/**
 * Interprets a command of an `.ini` file. Upstart runs `exec LINE`: of `a && b` only `a`, and `A=1 cmd` is a
 * program called `A=1`. An `.ini` file follows the shell instead: the shell runs a list or a pipe, and
 * variables before a command are set for it. Pure.
 */
import type { CommandText } from '../job-class/job-class.js';
import { shellLine } from '../shell-line.js';

/** Prefix of a line that the shell runs as a whole: `sh -c LINE`, while scripts run with -e. */
const AS_BY_SH_C = 'set +e; ';

/** How to run a command of an `.ini` file. */
type IniCommand =
  | { readonly kind: 'program'; readonly command: CommandText }
  /** several commands: the shell stays, and runs them */
  | { readonly kind: 'list'; readonly command: CommandText }
  /** variables before it: the shell sets them, and execs the command */
  | { readonly kind: 'variables'; readonly command: CommandText; readonly variables: readonly string[] };

/** Interprets `line`. A leading `exec` is the shell's: then the line has the same meaning as in `.conf`. */
export function iniCommand(line: string): IniCommand {
  const { assignments, words, commandAt, operators, isCompound } = shellLine(line);
  const own = /^exec[ \t]+(?=[^ \t])/.exec(line);
  if (own !== null) return { kind: 'program', command: { exec: line.slice(own[0].length) } };
  const joins = operators.some(({ next }) => next !== undefined);
  if (joins || isCompound) return { kind: 'list', command: { script: `${AS_BY_SH_C}${line}\n` } };
  if (assignments.length === 0 || words.length === 0) return { kind: 'program', command: { exec: line } };
  const command = line.slice(commandAt);
  const script = `${line.slice(0, commandAt)}${words[0] === 'exec' ? '' : 'exec '}${command}\n`;
  return { kind: 'variables', command: { script }, variables: assignments };
}

/** Writes an `exec` as a line that `iniCommand` interprets the same way. */
export function writeIniCommand(exec: string): string {
  const { command } = iniCommand(exec);
  return 'exec' in command && command.exec === exec ? exec : `exec ${exec}`;
}

/** Returns the line as written, for people. */
export function commandAsWritten(command: CommandText): string {
  if ('argv' in command) return command.argv.join(' ');
  if ('exec' in command) return command.exec;
  return command.script.startsWith(AS_BY_SH_C)
    ? command.script.slice(AS_BY_SH_C.length).trimEnd()
    : command.script;
}
