/**
 * The quick way to a command whose line is in order. Commander takes 10 ms to be read, a seventh of what `foster status`
 * takes as a whole; node:util's parser is part of Node. Whatever is not in order (a mistake, --help, an option before
 * the command's name) goes to commander, which has the words to explain it. A test holds the two to the same result.
 */
import { parseArgs } from 'node:util';
import { COMMON_OPTIONS, type CommandSpec, type OptionSpec } from './command-spec.js';
import type { GivenOptions } from './invocation.js';

export interface ReadLine {
  readonly words: readonly string[];
  readonly options: GivenOptions;
}

/** @returns undefined when the line is better explained by commander */
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

/** Marks where the program's own words begin, as `--` does. */
function beforeProgram(
  args: readonly string[],
  known: Readonly<Record<string, OptionSpec>>,
): readonly string[] {
  let index = 0;
  // `-` alone is a word, the first of the program's
  while (/^-./.test(args[index] ?? '') && args[index] !== '--') {
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

/** Of each value, also of one that a later one replaces. */
function validChoices(
  known: Readonly<Record<string, OptionSpec>>,
  given: readonly { readonly name: string; readonly value: string | undefined }[],
): boolean {
  return given.every(({ name, value }) => {
    const choices = known[name]?.choices;
    return choices === undefined || (value !== undefined && choices.includes(value));
  });
}

/** Are there as many words as the operands (`<name> [job...]`) want? */
export function fits(operands: string, count: number): boolean {
  const wanted = operands.split(' ').filter((operand) => operand !== '');
  const least = wanted.filter((operand) => operand.startsWith('<')).length;
  const most = operands.includes('...') ? Infinity : wanted.length;
  return count >= least && count <= most;
}
