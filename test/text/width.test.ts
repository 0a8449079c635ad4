import t from 'tap';
import { cutText, padText, textWidth, wrapText } from '../../src/text/width.js';

t.test('text is as wide as a terminal shows it', (t) => {
  const widths = {
    '': 0,
    web: 3,
    naïve: 5,
    'nai\u0308ve': 5, // the dots stand above the i
    日本語: 6,
    한국어: 6,
    '\u1112\u1161\u11ab': 2, // one syllable of three Jamo
    ｗｅｂ: 6,
    '🚀': 2,
    '❤': 1,
    'Ünïcode …': 9,
    'a\u200db': 2,
    '\u{20000}': 2,
  };
  for (const [text, width] of Object.entries(widths)) t.equal(textWidth(text), width, JSON.stringify(text));
  t.end();
});

t.test('what is too long ends with an ellipsis, and never takes more columns than there are', (t) => {
  t.equal(cutText('postgres', 8), 'postgres');
  t.equal(cutText('postgres', 7), 'postgr…');
  t.equal(cutText('日本語', 5), '日本…');
  t.equal(cutText('日本語', 4), '日…', 'half a character is none');
  t.equal(cutText('web', 1), '…');
  t.equal(cutText('web', 0), '');
  for (let columns = 0; columns < 20; columns++)
    t.ok(textWidth(cutText('a日b本🚀c語nai\u0308ve', columns)) <= columns, String(columns));
  t.end();
});

t.test('a cell is filled up on either side', (t) => {
  t.equal(padText('日', 4, 'left'), '日  ');
  t.equal(padText('日', 4, 'right'), '  日');
  t.equal(padText('long', 2, 'left'), 'long');
  t.end();
});

t.test('what is too long goes on in further lines, between words, and a path stays whole', (t) => {
  t.same(wrapText('    file    /etc/foster/web.ini: broken', 24, 12), [
    '    file   ',
    '            /etc/foster/web.ini:',
    '            broken',
  ]);
  t.same(wrapText('one two three', 8, 2), ['one two', '  three']);
  t.same(wrapText('one two', 7, 2), ['one two']);
  t.same(wrapText('a  b', 3, 0), ['a ', 'b'], 'two spaces stay, but for the one at the break');
  t.end();
});
