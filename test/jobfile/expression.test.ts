import t from 'tap';
import { ConfLexer } from '../../src/jobfile/conf/lexer.js';
import { parseExpression } from '../../src/jobfile/expression/parser.js';
import { expressionToJson, printExpression, writeExpression } from '../../src/jobfile/expression/print.js';
import { Refusal } from '../../src/jobfile/job-file-error.js';

const parse = (text: string): ReturnType<typeof parseExpression> => parseExpression(new ConfLexer(text));

function refused(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof Refusal) return `${error.refused.line}: ${error.refused.message}`;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

t.test('and and or bind equally, to the left', (t) => {
  t.strictSame(expressionToJson(parse('a or b and c or d')), [
    'or',
    ['and', ['or', ['event', 'a'], ['event', 'b']], ['event', 'c']],
    ['event', 'd'],
  ]);
  t.strictSame(expressionToJson(parse('a or (b and c)')), [
    'or',
    ['event', 'a'],
    ['and', ['event', 'b'], ['event', 'c']],
  ]);
  t.end();
});

t.test('operands are positional, or named and equal or unequal', (t) => {
  t.strictSame(parse('e [2345] "two words" K=v=w L!=*'), {
    kind: 'event',
    name: 'e',
    matches: [
      { pattern: '[2345]', text: '[2345]' },
      { pattern: 'two words', text: 'two words' },
      { key: 'K', pattern: 'v=w', text: 'K=v=w' },
      { key: 'L', negated: true, pattern: '*', text: 'L!=*' },
    ],
  });
  t.end();
});

t.test('a quoted operator is an operand', (t) => {
  t.strictSame(expressionToJson(parse('foo "and" bar')), ['event', 'foo', 'and', 'bar']);
  t.end();
});

t.test('lines may be broken in parentheses, with comments, but not be empty', (t) => {
  t.strictSame(expressionToJson(parse('(a # one\n  and b) # two\n')), [
    'and',
    ['event', 'a'],
    ['event', 'b'],
  ]);
  t.equal(refused('(a\n\n and b)'), '2: Expected token');
  t.end();
});

t.test('what is out of place is refused in Upstart’s words', (t) => {
  t.equal(refused('a and'), '1: Expected event');
  t.equal(refused('and a'), '1: Expected event');
  t.equal(refused('a and or b'), '1: Expected event');
  t.equal(refused('()'), '1: Expected event');
  t.equal(refused('(a and) b'), '1: Expected event');
  t.equal(refused('a (b)'), '1: Expected operator');
  t.equal(refused('(a) b'), '1: Expected operator');
  t.equal(refused('(a) (b)'), '1: Expected operator');
  t.equal(refused('a)'), '1: Mismatched parentheses');
  t.equal(refused('(a and b\n'), '2: Mismatched parentheses');
  t.equal(refused('a K=v w'), '1: Expected variable name before value');
  t.equal(refused(''), '1: Expected token');
  t.end();
});

t.test('a thousand events are too many for one more', (t) => {
  const many = (count: number): string =>
    Array.from({ length: count }, (_, index) => `e${index}`).join(' or ');
  t.match(parse(many(1000)), { kind: 'or' });
  t.equal(refused(many(1001)), '1: Unexpected token');
  t.end();
});

t.test('show-config puts parentheses round every operator', (t) => {
  t.equal(printExpression(parse('x and y or z K="a b"')), '((x and y) or z K=a b)');
  t.equal(printExpression(parse('runlevel [2345]')), 'runlevel [2345]');
  t.end();
});

t.test('a written expression reads back as it was', (t) => {
  const awkward = `e '"' "K=a (b) \\\\ #c"`;
  for (const text of ['a or (b and (c or d)) and e', 'foo "and" "or"', awkward, '((a))']) {
    const expression = parse(text);
    t.strictSame(parse(writeExpression(expression)), expression, text);
  }
  t.end();
});
