/**
 * Describes what shells complete for both programs, from the tables of commands, so that no command is
 * missing.
 */
import { COMMON_OPTIONS, type CommandSpec, type OptionSpec } from '../command-spec.js';
import { COMMON_OPTIONS as INITCTL_OPTIONS, type OptionTable } from '../initctl/arguments.js';

/** Names of jobs, names of files, or a list of words; undefined when the words are not known. */
export type Words = 'jobs' | 'files' | readonly string[] | undefined;

export interface CompletedOption {
  /** without dashes */
  readonly name: string;
  readonly short: string | undefined;
  readonly help: string;
  /** undefined for a switch; a value whose words are not known has `words: undefined` */
  readonly value: { readonly words: Words } | undefined;
}

interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly operands: Words;
  readonly options: readonly CompletedOption[];
}

export interface CompletedProgram {
  readonly name: 'foster' | 'initctl';
  readonly commands: readonly CompletedCommand[];
  /** options that may precede the command */
  readonly options: readonly CompletedOption[];
}

export function fosterProgram(commands: readonly CommandSpec[]): CompletedProgram {
  const common = Object.entries(COMMON_OPTIONS).map(([name, option]) => fosterOption(name, option));
  return {
    name: 'foster',
    options: common,
    commands: commands.map(({ name, summary, completes, options }) => ({
      name,
      summary,
      operands: completes === 'commands' ? commands.map((command) => command.name) : completes,
      options: [...Object.entries(options).map(([own, option]) => fosterOption(own, option)), ...common],
    })),
  };
}

function fosterOption(name: string, { short, value, choices, help }: OptionSpec): CompletedOption {
  return {
    name,
    short,
    help,
    value: value === undefined ? undefined : { words: choices ?? valueWords(name, value) },
  };
}

/** Returns the words of an option's value, by the value's name in the help. */
function valueWords(name: string, value: string): Words {
  if (['PATH', 'FILE', 'DIR'].includes(value)) return 'files';
  return name === 'job' ? 'jobs' : undefined;
}

/** Commands of initctl whose operands are names of jobs. */
const INITCTL_ON_JOBS = ['start', 'stop', 'restart', 'reload', 'status', 'show-config', 'usage'];

type InitctlTable = Readonly<Record<string, { readonly summary: string; readonly options: OptionTable }>>;

export function initctlProgram(commands: InitctlTable): CompletedProgram {
  const options = (table: OptionTable): readonly CompletedOption[] =>
    Object.entries(table).map(([name, { short, value, help }]) => ({
      name,
      short,
      help,
      value: value === undefined ? undefined : { words: undefined },
    }));
  return {
    name: 'initctl',
    options: options(INITCTL_OPTIONS),
    commands: Object.entries(commands).map(([name, command]) => ({
      name,
      summary: command.summary,
      operands: INITCTL_ON_JOBS.includes(name) ? 'jobs' : name === 'check-config' ? 'files' : undefined,
      options: [...options(command.options), ...options(INITCTL_OPTIONS)],
    })),
  };
}

/** Returns `--name` and `-n`. */
export function flagsOf({ name, short }: CompletedOption): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}
