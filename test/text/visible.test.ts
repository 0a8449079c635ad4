import fc from 'fast-check';
import t from 'tap';
import { visibleCell, visibleJson, visibleLine, visibleText } from '../../src/text/visible.js';

t.test('control characters are shown, not sent', (t) => {
  t.equal(visibleLine('a\x1b]0;title\x07b\x1b[2J'), 'a\\x1b]0;title\\x07b\\x1b[2J');
  t.equal(visibleLine('\x9b5m'), '\\u009b5m', 'C1 begins a sequence by itself');
  t.equal(visibleLine('\x7f\x00\r'), '\\x7f\\x00\\r');
  t.equal(visibleLine('abc\u202edef\u2069'), 'abc\\u202edef\\u2069', 'text is not seen in another order');
  t.end();
});

t.test('a line stays one line, a cell one cell', (t) => {
  t.equal(visibleLine('a\n\tb\u2028c'), 'a\\n\tb\\u2028c');
  t.equal(visibleCell('a\n\tb'), 'a\\n\\tb');
  t.equal(visibleText('a\n\tb\x1b'), 'a\n\tb\\x1b');
  t.end();
});

t.test('what people write is left as it is', (t) => {
  for (const text of ['Grüße, 世界 👍🏽', 'C:\\x1b', 'عربي', ' two  spaces ']) t.equal(visibleLine(text), text);
  t.end();
});

t.test('JSON stays the same JSON, and harmless', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = visibleJson(JSON.stringify({ text }, null, 2));
      return (JSON.parse(shown) as { text: string }).text === text && !/[\x7f-\x9f\u202e]/.test(shown);
    }),
  );
  t.equal(visibleJson(JSON.stringify('\x9b')), '"\\u009b"');
  t.end();
});
