import t from 'tap';
import { plainText } from '../../../src/cli/format/line.js';
import { table, type Column } from '../../../src/cli/format/table.js';
import { textWidth } from '../../../src/text/width.js';

interface Row {
  readonly name: string;
  readonly size: string;
  readonly text: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'SIZE', cell: ({ size }) => size, align: 'right', importance: 1 },
  { title: 'TEXT', cell: ({ text }) => text },
];

const ROWS: readonly Row[] = [
  { name: 'web', size: '12K', text: 'what there is to say of it' },
  { name: 'データベース', size: '', text: '' },
];

function drawn(rows: readonly Row[], width?: number): readonly string[] {
  return table(rows, COLUMNS, { width }).map(plainText);
}

t.test('where lines may be as long as they like, nothing is cut', (t) => {
  t.same(drawn(ROWS), [
    'NAME          SIZE  TEXT',
    'web            12K  what there is to say of it',
    'データベース     -  -',
  ]);
  t.end();
});

t.test('the last column is cut first, then columns that matter little go, then names are cut', (t) => {
  t.same(drawn(ROWS, 44), [
    'NAME          SIZE  TEXT',
    'web            12K  what there is to say of…',
    'データベース     -  -',
  ]);
  t.same(drawn(ROWS, 36), ['NAME          TEXT', 'web           what there is to say …', 'データベース  -']);
  t.same(drawn(ROWS, 30), ['NAME          TEXT', 'web           what there is t…', 'データベース  -']);
  t.same(drawn(ROWS, 20), ['NAME      TEXT', 'web       what ther…', 'データ…   -']);
  t.end();
});

t.test('whatever the width, no line is wider', (t) => {
  for (let width = 1; width < 60; width++)
    for (const line of drawn(ROWS, width)) t.ok(textWidth(line) <= width, `${width}: ${line}`);
  t.end();
});

t.test('a cell makes neither lines nor columns', (t) => {
  const [, line] = drawn([{ name: 'a\nb', size: '\x1b[2J', text: 'x  y\tz' }]);
  t.equal(line, 'a\\nb  \\x1b[2J  x \\x20y\\tz');
  t.same(line!.split(/ {2,}/), ['a\\nb', '\\x1b[2J', 'x \\x20y\\tz']);
  t.end();
});

t.test('colour is for the word alone', (t) => {
  const [, line] = table(
    [ROWS[0]!, { ...ROWS[0]!, name: 'longer' }],
    [{ ...COLUMNS[0]!, shade: () => 'green' }, COLUMNS[2]!],
    { width: undefined },
  );
  t.same(line, [{ text: 'web', shade: 'green' }, '   ', '  ', 'what there is to say of it']);
  t.end();
});
