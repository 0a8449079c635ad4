/**
 * Parses initctl's command line. As in Upstart, options may stand anywhere, also after the names. node:util
 * parses them; the error messages are Upstart's.
 */
import { parseArgs } from 'node:util';
import { UsageError } from './failure.js';

/** Options by their long name; `value` names the option's argument in `--help`. */
export type OptionTable = Readonly<
  Record<string, { readonly short?: string; readonly value?: string; readonly help: string }>
>;

/** Options of every command. */
export const COMMON_OPTIONS: OptionTable = {
  user: { help: 'use the session init of the user' },
  session: { help: 'use the session bus: here the same as --user' },
  system: { help: 'use the init of the system' },
  dest: { value: 'NAME', help: 'destination on the bus: accepted, and without effect' },
  quiet: { short: 'q', help: 'print errors only' },
  verbose: { short: 'v', help: 'accepted and ignored' },
  help: { help: 'show this help' },
  version: { help: 'show the version of this program' },
};

export interface Arguments {
  readonly flags: ReadonlySet<string>;
  readonly values: Readonly<Record<string, string>>;
  /** all values of an option that was given more than once */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly words: readonly string[];
}

/**
 * Parses the words that follow the command's name.
 * @throws UsageError `invalid option`, `missing argument` or `unexpected argument`
 */
export function readArguments(args: readonly string[], table: OptionTable): Arguments {
  const known = { ...COMMON_OPTIONS, ...table };
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(known).map(([name, option]) => [name, toNode(option)])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flags = new Set<string>();
  const values: Record<string, string> = {};
  const lists: Record<string, string[]> = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = known[token.name];
    if (option === undefined) throw new UsageError(`invalid option: ${token.rawName}`);
    if (option.value === undefined) {
      if (token.value !== undefined)
        throw new UsageError(`unexpected argument: ${token.rawName}=${token.value}`);
      flags.add(token.name);
    } else {
      if (token.value === undefined) throw new UsageError(`missing argument: ${token.rawName}`);
      values[token.name] = token.value;
      (lists[token.name] ??= []).push(token.value);
    }
  }
  return { flags, values, lists, words };
}

function toNode({ short, value }: OptionTable[string]) {
  const type = value === undefined ? ('boolean' as const) : ('string' as const);
  return short === undefined ? { type } : { type, short };
}
