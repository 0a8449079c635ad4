import fc from 'fast-check';
import t from 'tap';
import { compilePattern, PatternError, type Pattern } from '../../src/jobfile/pattern.js';
import { requiredText } from '../../src/jobfile/required-text.js';

const RUNS = Number(process.env['FOSTER_PROPERTY_RUNS'] ?? 5000);

function mayMatch(expression: string, line: string): boolean {
  const required = requiredText(expression);
  return required === undefined || Buffer.from(line).toString('latin1').search(required) >= 0;
}

t.test('what a line must contain is found', (t) => {
  const source = (expression: string): string | undefined => requiredText(expression)?.source;
  t.equal(source('status 5\\d\\d'), 'status 5');
  t.equal(source('[0-9]+ ms ERROR'), ' ms ERROR');
  t.equal(source('^(GET|POST) .*\\d$'), 'GET|POST');
  t.equal(source('error|warn|(?:fa|i)il'), 'error|warn|il');
  t.equal(source('(?i)up'), '[uU][pP]');
  t.equal(source('über'), '\\xc3\\xbcber');
  t.equal(source('a\\.b'), 'a\\.b');
  for (const none of ['', '^$', '\\d+', 'a|bc', 'x*y?', '(abc)?', 'error|\\d', '\\Qab\\E', '\\x41bc'])
    t.equal(source(none), undefined, none);
  t.end();
});

t.test('letters that fold to ASCII are found, too', (t) => {
  for (const [expression, line] of [
    ['(?i)disk', 'DI\u017f\u212a'],
    ['(?i)KO', '\u212ao'],
  ] as const) {
    t.ok(compilePattern(expression).test(line), `${expression} matches`);
    t.ok(mayMatch(expression, line), expression);
  }
  t.end();
});

t.test('no line that the expression matches is skipped', (t) => {
  const letters = ['a', 'b', 'k', 's', 'S', 'ä', ' '];
  const others = '. \\. [ab] [^a] []a] [[:alpha:]] \\d \\b ^ $ (?i) (?-i) \\x{61} \\Qa\\E \\u00e4 { -'.split(
    ' ',
  );
  const atom = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...letters) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
  const repeats = ['*', '+', '?', '{0}', '{2}', '{0,1}', '{1,}', '*?', '+?'];
  const repeat = fc.constantFrom(...repeats, ...repeats.map(() => ''), ...repeats.map(() => ''));
  const { expression } = fc.letrec<{ expression: string; sequence: string; item: string }>((tie) => ({
    expression: fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }).map((all) => all.join('|')),
    sequence: fc.array(tie('item'), { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
    item: fc
      .tuple(
        fc.oneof(
          { maxDepth: 3 },
          { weight: 5, arbitrary: atom },
          { weight: 1, arbitrary: tie('expression').map((inner) => `(${inner})`) },
          { weight: 1, arbitrary: tie('expression').map((inner) => `(?i:${inner})`) },
          { weight: 1, arbitrary: tie('expression').map((inner) => `(?P<n>${inner})`) },
        ),
        repeat,
      )
      .map(([one, times]) => one + times),
  }));
  const line = fc.string({ unit: fc.constantFrom(...letters, 'A', 'K'), maxLength: 60 });
  let [matched, required] = [0, 0];
  fc.assert(
    fc.property(expression, fc.array(line, { minLength: 5, maxLength: 5 }), (text, lines) => {
      const pattern = compiled(text);
      if (pattern === undefined) return;
      for (const one of lines) {
        if (!pattern.test(one)) continue;
        matched += 1;
        if (requiredText(text) !== undefined) required += 1;
        if (!mayMatch(text, one)) throw new Error(`${text} matches ${JSON.stringify(one)}`);
      }
    }),
    { numRuns: RUNS },
  );
  t.ok(matched > RUNS / 10 && required > RUNS / 100, `${matched} matches, ${required} with a required text`);
  t.end();
});

function compiled(text: string): Pattern | undefined {
  try {
    return compilePattern(text);
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}
