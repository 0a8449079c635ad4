/** Random job files, made of the words of both forms so that they get far into the readers; also for `npm run fuzz`. */
import fc from 'fast-check';
import type { Syntax } from '../../src/jobfile/draft.js';
import { argumentsOf, STANZAS } from '../../src/jobfile/stanzas/table.js';

/** Characters that mean something to one of the readers, and some that mean nothing. */
export const trickyText = fc
  .array(
    fc.constantFrom(
      ...' \t\r"\'\\#;=[](){}$!,.-+*/0127aAxé\u2028\u00a0\ufeff'.split(''),
      ...[
        'and',
        'or',
        'on',
        'off',
        'true',
        'unlimited',
        'never',
        'end script',
        'KEY=',
        'K!=v',
        '10 5',
        '-1',
        'TERM',
        '""',
      ],
      ...['\\\n', '\n', '\n\n', ' # '],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const knownWords = [...new Set(STANZAS.flatMap(argumentsOf).flatMap(({ words }) => words ?? []))];
const value = fc.oneof(
  trickyText,
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(...knownWords),
  fc.integer({ min: -30, max: 2000 }).map(String),
  fc.stringMatching(/^[A-Za-z_]{1,6}(=[ -~]{0,12})?$/),
);
const name = fc.constantFrom(...STANZAS.map((stanza) => stanza.name));

/** A line that is a stanza more often than not. */
const confLine = fc.oneof(
  fc.tuple(name, fc.array(value, { maxLength: 3 })).map(([stanza, values]) => [stanza, ...values].join(' ')),
  fc.tuple(name, value).map(([stanza, line]) => `${stanza}\n${line}\nend script`),
  trickyText,
);
const iniLine = fc.oneof(
  fc
    .tuple(
      name,
      fc.constantFrom('', '[]'),
      fc.constantFrom(' = ', '=', ' =   '),
      fc.array(value, { maxLength: 3 }),
    )
    .map(([stanza, list, equals, values]) => `${stanza}${list}${equals}${values.join(' ')}`),
  fc.tuple(name, value).map(([stanza, text]) => `${stanza} = ${JSON.stringify(text)}`),
  fc.constantFrom('env', 'limit', 'cgroup', 'kill', 'pre-start', 'timeout').map((section) => `[${section}]`),
  fc.tuple(value, value).map(([key, text]) => `${key} = ${text}`),
  trickyText,
);
/** The text of a file, by its form. */
export const jobFiles: Record<Syntax, fc.Arbitrary<string>> = {
  conf: fc.array(confLine, { maxLength: 4 }).map((lines) => lines.join('\n')),
  ini: fc.array(iniLine, { maxLength: 4 }).map((lines) => lines.join('\n')),
};
