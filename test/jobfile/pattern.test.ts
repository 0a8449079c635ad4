import t from 'tap';
import { checkText } from '../../src/jobfile/check.js';
import { explain } from '../../src/jobfile/job-file-error.js';
import { compilePattern, MATCHED_LENGTH, PatternError } from '../../src/jobfile/pattern.js';

t.test('a pattern matches anywhere in a line', (t) => {
  t.ok(compilePattern('listening on (port )?\\d+').test('12:00 listening on port 80.'));
  t.notOk(compilePattern('^ready$').test('not ready'));
  t.ok(compilePattern('^ready$').test('ready'));
  t.ok(compilePattern('(?i)READY').test('ready'));
  t.end();
});

t.test('what JavaScript writes in its own way is understood', (t) => {
  t.ok(compilePattern('\\u00e4\\/(?<name>b)').test('ä/b'));
  t.ok(compilePattern('\\p{L}+').test('é'));
  t.end();
});

t.test('of a line a bounded number of characters counts', (t) => {
  const pattern = compilePattern('end');
  t.ok(pattern.test(`${' '.repeat(MATCHED_LENGTH - 3)}end`));
  t.notOk(pattern.test(`${' '.repeat(MATCHED_LENGTH - 2)}end`));
  t.end();
});

t.test('what would take exponential time elsewhere takes a moment', (t) => {
  const began = performance.now();
  compilePattern('started.*on.*port.*ready').test('started on port '.repeat(1000));
  compilePattern('(?:a|a?)+$').test(`${'a'.repeat(4000)}!`);
  compilePattern('(?:(?:a*)*)*b').test('a'.repeat(4000));
  t.ok(performance.now() - began < 5000);
  t.end();
});

t.test('what the engine cannot do is an error that says what', (t) => {
  const refused = (pattern: string, message: RegExp): void => {
    t.throws(() => compilePattern(pattern), { name: 'PatternError', message }, pattern);
  };
  refused('ready(?=!)', /^lookahead and lookbehind are not supported/);
  refused('(?<!un)ready', /^lookahead and lookbehind/);
  refused('(a)\\1', /^back-references are not supported/);
  refused('(?<n>a)\\k<n>', /^back-references/);
  refused('a++', /^possessive repeats/);
  refused('a{1001}', /^invalid repeat count `\{1001\}`, from 0 to 1000/);
  refused('(', /^missing closing \)/);
  t.doesNotThrow(() => compilePattern('a{1000}\\\\1'));
  t.end();
});

t.test('a pattern that would be compiled for seconds is refused in a moment', (t) => {
  const began = performance.now();
  for (const pattern of [`(${'x'.repeat(900)}){1000}`, '(?:.{0,900}q){0,900}', '[ab]{1000}'.repeat(90)])
    t.throws(() => compilePattern(pattern), PatternError, pattern);
  t.ok(performance.now() - began < 2000);
  t.end();
});

t.test('check names the line of a job file and the reason', (t) => {
  const checked = checkText('exec = a\n\nready log = ready(?!y)\n', 'job', 'ini', 'job.ini');
  t.match(checked, { ok: false, errors: [{ file: 'job.ini', line: 3 }] });
  if (!checked.ok) {
    t.equal(
      explain(checked.errors[0]),
      'Illegal regular expression: found "ready(?!y)", expected a regular expression (lookahead and lookbehind are not supported: patterns run in linear time, as in RE2)',
    );
  }
  t.end();
});
