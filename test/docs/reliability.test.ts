/** docs/reliability.md names a test for each promise, and each of them is there. */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'tap';

const root = new URL('../../../', import.meta.url);

test('every promise names tests that are there', (t) => {
  const [, promises = ''] = /## Promises\n([^]*?)\n## /.exec(
    readFileSync(new URL('docs/reliability.md', root), 'utf8'),
  )!;
  const rows = promises
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (---|promise)/.test(line));
  t.ok(rows.length > 10);
  for (const row of rows) {
    const names = Array.from(row.matchAll(/`([\w-]+(?:\/[\w-]+)+)`/g), ([, name]) => name!);
    t.ok(names.length > 0, row);
    for (const name of names) t.ok(existsSync(new URL(`test/${name}.test.ts`, root)), name);
  }
  t.end();
});
