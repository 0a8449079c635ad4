/** Behaviour 27 of Upstart’s own tests: variables in names (Upstart section 2.3). */
import { test } from 'tap';
import { expand } from '../../../src/supervisor/core/expansion.js';

const ENVIRONMENT = new Map([
  ['A', 'a'],
  ['B', 'b'],
  ['NAME', 'A'],
  ['EMPTY', ''],
]);

function expanded(text: string): string {
  const expansion = expand(text, ENVIRONMENT);
  return expansion.ok ? expansion.text : `! ${expansion.message}`;
}

test('27: variables, defaults, alternatives and nested names', (t) => {
  const cases = {
    plain: 'plain',
    $A: 'a',
    'x$A-y': 'xa-y',
    $A$B: 'ab',
    '${A}': 'a',
    '${NONE-d}': 'd',
    '${EMPTY-d}': '',
    '${EMPTY:-d}': 'd',
    '${A:-d}': 'a',
    '${NONE-}': '',
    '${A+alt}': 'alt',
    '${NONE+alt}': '',
    '${EMPTY+alt}': 'alt',
    '${EMPTY:+alt}': '',
    '${A:+alt}': 'alt',
    '${$NAME}': 'a',
    '${NONE:-${NADA:-c}}': 'c',
    '${NONE-$A}': 'a',
    '${}': '$',
    'a$-b': 'a$-b',
    cost$: 'cost$',
    '$ A': '$ A',
    'a}b': 'a}b',
  };
  for (const [text, result] of Object.entries(cases)) t.equal(expanded(text), result, text);
  t.end();
});

test('27: an unknown name, a bad operator and a missing brace are errors', (t) => {
  const cases = {
    $NONE: 'Unknown parameter: NONE',
    '${NONE}': 'Unknown parameter: NONE',
    '${A?x}': 'Unknown parameter: A?x',
    '${A:x}': 'Expected operator',
    '${A:': 'Mismatched braces',
    '${A': 'Mismatched braces',
    '${A:-${B}': 'Mismatched braces',
    '${NONE-$NADA}': 'Unknown parameter: NADA',
  };
  for (const [text, message] of Object.entries(cases)) t.equal(expanded(text), `! ${message}`, text);
  t.end();
});
