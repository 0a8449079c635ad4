/**
 * Command lines of foster and initctl. foster's own reader and commander's agree on every line that both take; a mistake is a usage
 * error; nothing else is thrown. No command runs.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { CliError } from '../../../build/src/cli/cli-error.js';
import { COMMANDS } from '../../../build/src/cli/command-table.js';
import { COMMON_OPTIONS } from '../../../build/src/cli/command-spec.js';
import { readInOrder } from '../../../build/src/cli/fast-lane.js';
import { readArguments } from '../../../build/src/cli/initctl/arguments.js';
import { UsageError } from '../../../build/src/cli/initctl/failure.js';
import { runProgram } from '../../../build/src/cli/program.js';
import { parseSince } from '../../../build/src/cli/since.js';
import { shellLine } from '../../../build/src/jobfile/shell-line.js';
import { oddText } from '../words.js';

const wordsOf = (spec) => {
  const options = Object.entries({ ...spec.options, ...COMMON_OPTIONS });
  const flag = fc.constantFrom(
    ...options.flatMap(([name, { short }]) => [
      `--${name}`,
      `--${name}=x`,
      ...(short === undefined ? [] : [`-${short}`, `-${short}5`]),
    ]),
  );
  const choice = fc.constantFrom('x', ...options.flatMap(([, { choices }]) => choices ?? []));
  return fc.array(
    fc.oneof(
      flag,
      choice,
      fc.constantFrom('--', '-', '--no-', '-x', 'job', 'A=1', '5', '10s', '--help'),
      oddText,
    ),
    { maxLength: 5 },
  );
};
const line = fc
  .constantFrom(...COMMANDS)
  .chain((spec) => wordsOf(spec).map((args) => ({ name: spec.name, args })));
const INITCTL = {
  wait: { help: '' },
  'no-wait': { short: 'n', help: '' },
  environment: { short: 'e', value: 'X', help: '' },
};

export const target = {
  isAsync: true,
  input: line,
  async examine({ name, args }) {
    if (readOrUsage(() => readArguments(args, INITCTL), UsageError) === undefined && args.length === 0)
      throw new Error('an empty line is refused');
    for (const word of args) {
      parseSince(word, 0);
      shellLine(word);
    }
    const spec = COMMANDS.find((one) => one.name === name);
    const quick = readInOrder(spec, args);
    const slow = await byCommander(spec, args);
    if (quick === undefined) return slow !== undefined;
    if (!isDeepStrictEqual(normal(quick), normal(slow)))
      throw new Error(`${JSON.stringify(quick)} here, ${JSON.stringify(slow)} with commander`);
    return true;
  },
};

/** @returns what a command would be given; undefined for a mistake or help */
async function byCommander(spec, args) {
  let given;
  const load = () => (invocation) => {
    given = { words: invocation.words, options: invocation.options };
    return 0;
  };
  const terminal = {
    out: () => undefined,
    err: () => undefined,
    raw: () => undefined,
    env: {},
    uid: 0,
    colour: false,
  };
  try {
    await runProgram([spec.name, ...args], terminal, [{ title: 'Command', commands: [{ ...spec, load }] }]);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
  return given;
}

const normal = (read) => read && { words: [...read.words], options: { ...read.options } };

function readOrUsage(read, expected) {
  try {
    return read();
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}
