/**
 * Parses valid command lines without commander: loading commander takes 10 ms, a seventh of the whole of
 * `foster status`, while node:util's parser is part of Node.
 * Everything else (a mistake, --help, an option before the command's name) goes to commander, which explains
 * it. A test checks that both give the same result.
 */
import { parseArgs } from 'node:util';
import { COMMON_OPTIONS, type CommandSpec, type OptionSpec } from './command-spec.js';
import type { GivenOptions } from './invocation.js';

interface ReadLine {
  readonly words: readonly string[];
  readonly options: GivenOptions;
}

/**
 * Parses the arguments of a command.
 * @returns undefined when commander should report on the line
 */
export function readInOrder(spec: CommandSpec, args: readonly string[]): ReadLine | undefined {
  const known = { ...spec.options, ...COMMON_OPTIONS };
  const options = Object.fromEntries(Object.entries(known).map(([name, option]) => [name, toNode(option)]));
  let parsed;
  try {
    const own = spec.runsProgram === true ? beforeProgram(args, known) : args;
    parsed = parseArgs({ args: [...own], options, allowPositionals: true, strict: true, tokens: true });
  } catch (error) {
    if (error instanceof TypeError) return undefined; // what node:util throws for everything that is wrong
    throw error;
  }
  const { positionals: words } = parsed;
  const given = parsed.tokens.flatMap((token) => (token.kind === 'option' ? [token] : []));
  if (!fits(spec.operands, words.length) || !validChoices(known, given)) return undefined;
  return { words, options: parsed.values as GivenOptions };
}

/** Inserts `--` before the program's own words, unless the user did. */
function beforeProgram(
  args: readonly string[],
  known: Readonly<Record<string, OptionSpec>>,
): readonly string[] {
  let index = 0;
  // `-` alone is an operand: the program's first word
  while (/^-[^]/.test(args[index] ?? '') && args[index] !== '--') {
    const word = args[index]!;
    const option = Object.entries(known).find(
      ([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`),
    );
    index += option?.[1].value === undefined ? 1 : 2;
  }
  return args[index] === '--' ? args : [...args.slice(0, index), '--', ...args.slice(index)];
}

function toNode({ short, value, many }: OptionSpec) {
  const type = value === undefined ? ('boolean' as const) : ('string' as const);
  return {
    type,
    ...(short === undefined ? {} : { short }),
    ...(many === undefined ? {} : { multiple: true }),
  };
}

/** Checks every value of an option, even one that a later value replaces. */
function validChoices(
  known: Readonly<Record<string, OptionSpec>>,
  given: readonly { readonly name: string; readonly value: string | undefined }[],
): boolean {
  return given.every(({ name, value }) => {
    const choices = known[name]?.choices;
    return choices === undefined || (value !== undefined && choices.includes(value));
  });
}

/** Tests whether the number of words fits the operands (`<name> [job...]`). */
export function fits(operands: string, count: number): boolean {
  const wanted = operands.split(' ').filter((operand) => operand !== '');
  const least = wanted.filter((operand) => operand.startsWith('<')).length;
  const most = operands.includes('...') ? Infinity : wanted.length;
  return count >= least && count <= most;
}
