/** docs/reliability.md and docs/security.md name a test for each promise and each check, and each of them is there. */
import { test } from 'tap';
import { isSource, isTest, pathsIn, rowsBelow } from './named-tests.js';

test('every promise names tests that are there', (t) => {
  const rows = rowsBelow('reliability.md', 'Promises');
  t.ok(rows.length > 10);
  for (const [promise = '', tests = ''] of rows) {
    const names = pathsIn(tests);
    t.ok(names.length > 0, promise);
    for (const name of names) t.ok(isTest(name), name);
  }
  t.end();
});

test('every way into foster names the file that checks it, and tests of that', (t) => {
  const rows = rowsBelow('security.md', 'Ways in');
  t.ok(rows.length > 20);
  for (const [what = '', , where = '', tests = ''] of rows) {
    const [sources, names] = [pathsIn(where), pathsIn(tests)];
    t.ok(sources.length > 0 && names.length > 0, what);
    for (const source of sources) t.ok(isSource(source), source);
    for (const name of names) t.ok(isTest(name), name);
  }
  t.end();
});
