import { test } from 'tap';
import fc from 'fast-check';
import { compileGlob } from '../../../src/supervisor/core/events/glob.js';

function matches(pattern: string, text: string): boolean {
  return compileGlob(pattern)(text);
}

test('patterns are those of fnmatch(3) without flags', (t) => {
  const cases: readonly (readonly [pattern: string, text: string, result: boolean])[] = [
    ['', '', true],
    ['', 'a', false],
    ['abc', 'abc', true],
    ['*', '', true],
    ['*', 'a/b', true],
    ['*', '.hidden', true],
    ['/dev/*', '/dev/sd/a1', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abcd', false],
    ['*a*b*', 'xaxxbx', true],
    ['b?', 'b1', true],
    ['b?', 'b', false],
    ['?', 'é', true],
    ['[2345]', '3', true],
    ['[!2345]', '3', false],
    ['[!2345]', '6', true],
    ['[^2345]', '6', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[]a]', ']', true],
    ['[!]a]', ']', false],
    ['[a-]', '-', true],
    ['[[:digit:]]', '7', true],
    ['[![:digit:]_]', '_', false],
    ['[[:upper:]a]', 'a', true],
    ['[\\]]', ']', true],
    ['[', '[', true],
    ['[abc', '[abc', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\a', 'a', true],
    ['a\\', 'a\\', false],
    ['a\\', 'a', false],
  ];
  for (const [pattern, text, result] of cases)
    t.equal(matches(pattern, text), result, `${pattern} on ${text}`);
  t.end();
});

test('a text matches itself when its special characters are quoted, and any pattern made of it and stars', (t) => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const quote = (text: string): string => text.replace(/[*?[\\]/g, '\\$&');
      return matches(quote(one), one) && matches(`${quote(one)}*${quote(other)}`, one + other);
    }),
  );
  t.end();
});

test('many stars do not make matching slow', (t) => {
  const pattern = `${'a*'.repeat(40)}b`;
  t.notOk(matches(pattern, 'a'.repeat(2000)));
  t.end();
});
