/** npm run bench, in its short form: it runs, takes turns, and leaves a page with pictures. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { plainEnvironment } from '../helpers/child.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';

const root = new URL('../../../', import.meta.url);
const BENCH = fileURLToPath(new URL('bench/bench.js', root));

interface Statistics {
  readonly summary: (values: readonly number[]) => Readonly<Record<string, number>> | undefined;
  readonly figure: (value: number | undefined) => string;
}

t.test('the figures', async (t) => {
  const { summary, figure } = (await import(new URL('bench/lib/statistics.js', root).href)) as Statistics;
  t.strictSame(summary([3, 1, 2]), { count: 3, least: 1, median: 2, most: 3 });
  t.strictSame(summary([10, 4]), { count: 2, least: 4, median: 7, most: 10 });
  t.equal(summary([]), undefined);
  t.strictSame([0.1234, 9.876, 12.34, 1234.5, undefined].map(figure), ['0.12', '9.88', '12.3', '1235', '–']);
});

interface Page {
  readonly withResults: (page: string, text: string) => string;
}

t.test('only its own part of the page is written', async (t) => {
  const { withResults } = (await import(new URL('bench/lib/page.js', root).href)) as Page;
  const first = withResults('# Benchmarks\n\nOther things.\n', 'one\n');
  t.equal(
    first,
    '# Benchmarks\n\nOther things.\n\n<!-- npm run bench -->\n\none\n\n<!-- end of npm run bench -->\n',
  );
  t.equal(withResults(`${first}\n## More\n`, 'two\n'), `${first.replace('one', 'two')}\n## More\n`);
  t.match(withResults('', 'one\n'), /^# Benchmarks\n\n<!-- npm run bench -->/);
});

const missing = [
  ...(mayMakeNamespaces ? [] : ['the right to make namespaces']),
  ...(spawnSync('cc', ['--version']).error === undefined ? [] : ['a C compiler']),
];
const skip = missing.length > 0 && `needs ${missing.join(' and ')}`;

t.test('three repetitions', { skip, timeout: 300_000 }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-bench-test-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const { stderr } = await promisify(execFile)(
    process.execPath,
    [BENCH, '--repetitions', '3', '--jobs', '2', '--peers', 'foster', '--output', directory].concat([
      '--tests',
      'restart,command,memory,shutdown',
    ]),
    { env: plainEnvironment() },
  );
  t.match(stderr, /^restart 3\/3$/m);
  t.notMatch(stderr, /foster:|C loop:/, 'no measurement has failed');
  const page = readFileSync(join(directory, 'benchmarks.md'), 'utf8');
  t.match(page, /3 repetitions, and 2 services/);
  const rows = [...page.matchAll(/^\| (\S.*?) \| ([\d.]+) \| ([\d.]+) \|/gm)];
  t.strictSame(
    rows.map(([, name]) => name),
    ['C loop', 'foster', 'node', 'foster', 'C loop', 'foster', 'C loop', 'foster'],
  );
  for (const [line, , median] of rows) t.ok(Number(median) > 0, line);
  const pictures = [...page.matchAll(/\((pictures\/[^)]+\.svg)\)/g)].map(([, path]) => path!);
  t.equal(pictures.length, 4);
  for (const path of pictures) {
    const picture = readFileSync(join(directory, path), 'utf8');
    t.match(picture, /^<svg [^>]+>[^]*<\/svg>\n$/);
    t.notMatch(picture, /NaN|undefined|Infinity/);
  }
});
