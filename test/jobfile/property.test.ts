import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { checkText, type Checked } from '../../src/jobfile/check.js';
import { convert } from '../../src/jobfile/convert.js';
import type { Syntax } from '../../src/jobfile/draft.js';
import { STANZAS, completionWords } from '../../src/jobfile/stanzas/table.js';
import { commandAsWritten } from '../../src/jobfile/ini/command.js';
import type { JobClass } from '../../src/jobfile/job-class/job-class.js';
import { withoutSource } from './same-class.js';

/** 100,000 and more find rarer things; this many finish in seconds. */
const RUNS = Number(process.env['FOSTER_PROPERTY_RUNS'] ?? 2000);

const SYNTAXES: readonly Syntax[] = ['conf', 'ini'];

/** Characters that mean something to one of the readers, and some that mean nothing. */
const trickyText = fc
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

const knownWords = [...new Set(STANZAS.flatMap(({ name }) => completionWords(name.split(' '))))];
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
const files: Record<Syntax, fc.Arbitrary<string>> = {
  conf: fc.array(confLine, { maxLength: 4 }).map((lines) => lines.join('\n')),
  ini: fc.array(iniLine, { maxLength: 4 }).map((lines) => lines.join('\n')),
};

function meaning(checked: Checked): unknown {
  return checked.ok ? classMeaning(checked.class) : checked.errors;
}

/** A line that the shell runs in an `.ini` file is a program of `.conf` by way of it. */
function classMeaning(jobClass: JobClass): unknown {
  const { health, ...others } = withoutSource(jobClass);
  if (health?.by !== 'exec' || !('script' in health.command)) return { ...others, health };
  const exec = `sh -c '${commandAsWritten(health.command).trimEnd().replaceAll("'", "'\\''")}'`;
  return { ...others, health: { by: 'exec', command: { exec } } };
}

for (const syntax of SYNTAXES) {
  t.test(`any text at all is a .${syntax} file or is refused in one of its lines`, (t) => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), trickyText, files[syntax]),
        (text) => {
          const checked = checkText(text, 'job', syntax);
          if (checked.ok) return;
          const lines = text.split('\n').length;
          for (const { line, message } of checked.errors) {
            if (line < 1 || line > lines || message === '')
              throw new Error(`line ${line} of ${lines}: "${message}"`);
          }
        },
      ),
      { numRuns: RUNS },
    );
    t.end();
  });

  t.test(`what a .${syntax} file says survives conversion to either form, there and back`, (t) => {
    let accepted = 0;
    fc.assert(
      fc.property(files[syntax], (text) => {
        const original = checkText(text, 'job', syntax);
        if (!original.ok) return;
        accepted++;
        let job = original.class;
        // into its own form, into the other, and back from there
        for (const to of [syntax, syntax === 'ini' ? 'conf' : 'ini', syntax] as const) {
          const converted = checkText(convert(job, to), 'job', to);
          if (!isDeepStrictEqual(meaning(converted), classMeaning(original.class)))
            throw new Error(convert(job, to));
          if (converted.ok) job = converted.class;
        }
      }),
      { numRuns: RUNS },
    );
    t.ok(accepted > RUNS / 20, `${accepted} of ${RUNS} texts were job files`);
    t.end();
  });
}
