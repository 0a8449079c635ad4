/**
 * cgrules.conf(5). Nothing throws; a line is a rule, a part of one, or an error; a rule that was read is read again from how its parts
 * are written; errors of one line leave the others as they are.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parseRules } from '../../../build/src/rules/parse.js';
import { DATABASE } from '../../../build/test/rules/support.js';
import { damaged, oddText } from '../words.js';

const word = fc.oneof(
  fc.constantFrom(
    'ann',
    'bob',
    '@students',
    '*',
    '%',
    '%:x',
    'ann:cp',
    '@students:/usr/bin/make',
    'ann:/usr/*',
    'nobody-here',
    'cpu',
    'cpu,memory',
    'students/%u',
    'ignore',
    '#',
    '"a b"',
    "'c",
    '\\%u',
  ),
  oddText,
);
const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
const texts = ['ann cpu students/ann\n% memory x\n@students:/usr/bin/make * makers/%u ignore\n* cpu rest\n'];

export const target = {
  input: fc.oneof(
    fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n')),
    damaged(texts, ['\nann cpu a\n', '\n% cpu b\n']),
  ),
  examine(text) {
    const { rules, errors } = parseRules(text, 'f', DATABASE);
    const last = text.split('\n').length;
    for (const { line: number, message } of errors)
      if (number < 1 || number > last || message === '')
        throw new Error(`line ${number} of ${last}: ${message}`);
    const printed = rules.flatMap((rule) => print(rule)).join('\n');
    const again = parseRules(printed, 'f', DATABASE);
    if (again.errors.length > 0 || !isDeepStrictEqual(meaning(again.rules), meaning(rules)))
      throw new Error(`it is not read again: ${JSON.stringify(again.errors)}\n${printed}`);
    const among = parseRules(`bob cpu before\n${text}\nbob cpu after`, 'f', DATABASE).rules;
    if (
      !among.some(({ destinations }) => destinations[0].path === 'before') ||
      among.at(-1)?.destinations[0].path !== 'after'
    )
      throw new Error('a line cost another line');
    return rules.length > 0;
  },
};

function meaning(rules) {
  return rules.map(({ who, process, ignore, destinations }) => ({
    who,
    process,
    ignore,
    destinations: destinations.map(({ controllers, path }) => ({ controllers, path })),
  }));
}

function print({ who, process, ignore, destinations }) {
  const name = { user: who.name, group: `@${who.name}`, everyone: '*' }[who.kind];
  const key = process === undefined ? name : `${name}:${process}`;
  return destinations.map(({ controllers, path }, index) =>
    [index === 0 ? key : '%', controllers.join(','), path]
      .map(quote)
      .concat(index === 0 && ignore ? ['ignore'] : [])
      .join(' '),
  );
}

/** A backslash keeps a character outside of quotes; inside of quotes everything but the quote is itself. */
function quote(text) {
  return (
    text
      .split(/(")/)
      .map((part) => (part === '"' ? `'"'` : part === '' ? '' : `"${part}"`))
      .join('') || '""'
  );
}
