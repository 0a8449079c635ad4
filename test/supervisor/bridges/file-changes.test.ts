import { test } from 'tap';
import { fileChanges, type Files } from '../../../src/supervisor/bridges/file-changes.js';

const files = (entries: Readonly<Record<string, string>>): Files => new Map(Object.entries(entries));

test('what is new was created, what is gone deleted', (t) => {
  const before = files({ a: '1', b: '1' });
  const { changes, reported } = fileChanges(before, before, files({ b: '1', c: '1' }));
  t.same(changes, [
    { path: 'c', event: 'create' },
    { path: 'a', event: 'delete' },
  ]);
  t.same(
    [...reported],
    [
      ['b', '1'],
      ['c', '1'],
    ],
  );
  t.end();
});

test('a file that is being written is told of once it has been left alone', (t) => {
  const first = fileChanges(files({ a: '1' }), files({ a: '1' }), files({ a: '2' }));
  t.match(first, { changes: [], unsettled: true });
  const second = fileChanges(first.reported, files({ a: '2' }), files({ a: '3' }));
  t.match(second, { changes: [], unsettled: true });
  const third = fileChanges(second.reported, files({ a: '3' }), files({ a: '3' }));
  t.match(third, { changes: [{ path: 'a', event: 'modify' }], unsettled: false });
  t.same(fileChanges(third.reported, files({ a: '3' }), files({ a: '3' })).changes, [], 'and only once');
  t.end();
});
