/** Describes foster's whole command line to commander, for help and to explain invalid lines. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { nearestWord } from '../jobfile/stanzas/nearest-word.js';
import { commandHint } from '../text/command-hint.js';
import { usageError } from './cli-error.js';
import { COMMON_OPTIONS, type CommandGroup, type CommandSpec, type OptionSpec } from './command-spec.js';
import { EXIT } from './exit-status.js';
import { Invocation, type GivenOptions } from './invocation.js';
import type { Terminal } from './terminal.js';

/**
 * Parses a command line and runs the command.
 * @param groups the commands of the table
 * @returns the exit status
 * @throws CliError for an invalid command line
 */
export async function runProgram(
  args: readonly string[],
  terminal: Terminal,
  groups: readonly CommandGroup[],
): Promise<number> {
  let status: number | undefined;
  const program = newProgram(terminal);
  for (const { title, commands } of groups) {
    for (const spec of commands) {
      const command = addCommand(program, spec, async (words, options) => {
        const run = await spec.load();
        status = await run(new Invocation(terminal, words, options));
      });
      command.helpGroup(`${title}:`);
    }
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander ends help by an "error" with status 0; without a command, help answers the mistake
    if (error.exitCode === 0) return EXIT.ok;
    if (error.code !== 'commander.help')
      throw usageError(
        explained(
          error,
          args,
          groups.flatMap(({ commands }) => commands),
        ),
      );
    terminal.err(program.helpInformation());
    return EXIT.usage;
  }
  return status ?? EXIT.ok;
}

/**
 * Returns one sentence with a pointer to the help; commander puts its guess at the intended word on a second
 * line.
 */
function explained(
  { message, code }: CommanderError,
  args: readonly string[],
  commands: readonly CommandSpec[],
): string {
  const [command = ''] = args;
  if (code === 'commander.unknownCommand') return unknownCommand(args, commands);
  const sentence = message.replace(/^error: /, '').replaceAll('\n', ' ');
  if (sentence.endsWith('?)')) return sentence;
  const help = command.startsWith('-') ? 'foster --help' : commandHint(command, '--help');
  return `${sentence}: '${help}' says how it is used`;
}

/** Programs that people type from habit in front of a command. */
const OTHER_PROGRAMS = ['systemctl', 'initctl', 'supervisorctl', 'service', 'docker', 'podman', 'pm2'];

/** Returns an error with the command that was probably meant. */
function unknownCommand(args: readonly string[], commands: readonly CommandSpec[]): string {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const [word = '', second = ''] = words;
  const takesJobs = ({ name, operands }: CommandSpec): boolean => name === second && operands.includes('job');
  const names = commands.map(({ name }) => name);
  const guess = OTHER_PROGRAMS.includes(word)
    ? names.find((name) => name === second)
    : (commands.find(({ elsewhere }) => elsewhere?.includes(word) === true)?.name ??
      // as `service nginx status`
      (commands.some(takesJobs) ? `'${commandHint(second, word)}'` : undefined) ??
      nearestWord(word, names));
  const hint = guess === undefined ? `: 'foster --help' lists the commands` : ` (Did you mean ${guess}?)`;
  return `unknown command '${word}'${hint}`;
}

function newProgram(terminal: Terminal): Command {
  const program = new Command('foster')
    .description('An init and service supervisor that finds the main process of any daemon.')
    .configureOutput({ writeOut: terminal.out, writeErr: () => undefined, outputError: () => undefined })
    .exitOverride()
    .helpCommand(false)
    // of a command, `foster --help` shows only the name: its own help shows how it is used
    .configureHelp({ subcommandTerm: (command) => command.name() })
    // an option after a command's name belongs to the command
    .enablePositionalOptions()
    .showHelpAfterError(false);
  for (const [name, option] of Object.entries(COMMON_OPTIONS)) program.addOption(toCommander(name, option));
  return program;
}

type Act = (words: readonly string[], options: GivenOptions) => Promise<void>;

function addCommand(program: Command, spec: CommandSpec, act: Act): Command {
  const command = program.command(spec.name).description(spec.summary);
  for (const operand of spec.operands.split(' ').filter((word) => word !== '')) command.argument(operand);
  if (spec.runsProgram === true) command.passThroughOptions();
  const known = { ...spec.options, ...COMMON_OPTIONS };
  for (const [name, option] of Object.entries(known)) command.addOption(toCommander(name, option));
  command.action(async () => {
    const values = command.optsWithGlobals<Record<string, unknown>>();
    await act(command.args, givenOptions(known, values));
  });
  return command;
}

function toCommander(name: string, { short, value, many, choices, help }: OptionSpec): Option {
  const flags = [
    short === undefined ? [] : `-${short}`,
    `--${name}${value === undefined ? '' : ` <${value}>`}`,
  ];
  const option = new Option(flags.flat().join(', '), help);
  // `--no-wait` is an option in its own right: commander would make it `wait: false`, and its absence `wait:
  // true`
  option.negate = false;
  if (choices !== undefined) option.choices(choices);
  if (many) option.argParser(collect(choices));
  return option;
}

/** Collects repeated values and checks the choices: a parser replaces commander's own check. */
function collect(choices: readonly string[] | undefined) {
  return (text: string, before: readonly string[] | undefined): readonly string[] => {
    if (choices !== undefined && !choices.includes(text)) {
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    }
    return [...(before ?? []), text];
  };
}

/** Maps commander's camel case names back to the options' names. */
function givenOptions(
  known: Readonly<Record<string, OptionSpec>>,
  values: Record<string, unknown>,
): GivenOptions {
  const given: Record<string, true | string | readonly string[]> = {};
  for (const name of Object.keys(known)) {
    const value = values[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (value !== undefined && value !== false) given[name] = value as GivenOptions[string];
  }
  return given;
}
