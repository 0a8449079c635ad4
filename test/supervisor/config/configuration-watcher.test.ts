import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { loadDirectories, usedClasses } from '../../../src/jobfile/files/load.js';
import { ConfigurationWatcher } from '../../../src/supervisor/config/configuration-watcher.js';
import { until } from '../../helpers/until.js';

interface Rig {
  readonly directory: string;
  readonly outside: string;
  /** names of the jobs as of the last reading, and how many readings there were */
  jobs: string[];
  readings: number;
  readonly warnings: string[];
}

function rig(t: Test, below = '', prepare: (top: string) => void = () => undefined): Rig {
  const top = mkdtempSync(join(tmpdir(), 'foster-'));
  prepare(top);
  const outside = mkdtempSync(join(tmpdir(), 'foster-'));
  const state: Rig = { directory: join(top, below), outside, jobs: [], readings: 0, warnings: [] };
  const read = (): void => {
    state.readings += 1;
    state.jobs = [...usedClasses(loadDirectories([state.directory])).keys()].sort();
  };
  const watcher = new ConfigurationWatcher(
    [state.directory],
    read,
    (_level, text) => void state.warnings.push(text),
  );
  watcher.start();
  t.teardown(() => {
    watcher.close();
    for (const path of [top, outside]) rmSync(path, { recursive: true, force: true });
  });
  return state;
}

const has = (state: Rig, ...jobs: string[]): Promise<boolean> =>
  until(`the jobs ${jobs.join(' ')}`, () => state.jobs.join() === jobs.join());

test('a file that is written, changed, renamed or removed is noticed', async (t) => {
  const state = rig(t);
  const path = join(state.directory, 'foo.conf');
  writeFileSync(path, 'exec sleep 1\n');
  t.ok(await has(state, 'foo'));
  writeFileSync(path, 'bogus\n');
  t.ok(await has(state));
  writeFileSync(path, 'exec sleep 2\n');
  t.ok(await has(state, 'foo'));
  renameSync(path, join(state.directory, 'bar.conf'));
  t.ok(await has(state, 'bar'));
  rmSync(join(state.directory, 'bar.conf'));
  t.ok(await has(state));
});

test('a link that leads to itself keeps no other file from being noticed', async (t) => {
  const state = rig(t);
  symlinkSync('self.conf', join(state.directory, 'self.conf'));
  writeFileSync(join(state.directory, 'foo.conf'), 'exec sleep 1\n');
  t.ok(await has(state, 'foo'));
  writeFileSync(join(state.directory, 'bar.conf'), 'exec sleep 1\n');
  t.ok(await has(state, 'bar', 'foo'));
  t.strictSame(state.warnings, []);
});

const root = process.getuid?.() === 0 ? 'root may read everything' : false;
test(
  'a directory below that may not be read keeps no other file from being noticed',
  { skip: root },
  async (t) => {
    const state = rig(t);
    mkdirSync(join(state.directory, 'secret'), 0o000);
    writeFileSync(join(state.directory, 'foo.conf'), 'exec sleep 1\n');
    t.ok(await has(state, 'foo'));
  },
);

test('a file moved into place is noticed', async (t) => {
  const state = rig(t);
  writeFileSync(join(state.outside, 'foo.conf'), 'exec sleep 1\n');
  renameSync(join(state.outside, 'foo.conf'), join(state.directory, 'foo.conf'));
  t.ok(await has(state, 'foo'));
});

test('directories that appear, are filled, and are removed are noticed', async (t) => {
  const state = rig(t);
  mkdirSync(join(state.directory, 'net/inner'), { recursive: true });
  writeFileSync(join(state.directory, 'net/inner/foo.conf'), 'exec sleep 1\n');
  t.ok(
    await has(state, 'net/inner/foo'),
    'what was written before the directory could be watched is read all the same',
  );
  writeFileSync(join(state.directory, 'net/inner/bar.conf'), 'exec sleep 1\n');
  t.ok(await has(state, 'net/inner/bar', 'net/inner/foo'));
  rmSync(join(state.directory, 'net'), { recursive: true });
  t.ok(await has(state));
});

test('a symbolic link is noticed, and so is a change of what it leads to', async (t) => {
  const state = rig(t);
  const target = join(state.outside, 'real.conf');
  writeFileSync(target, 'exec sleep 1\n');
  symlinkSync(target, join(state.directory, 'foo.conf'));
  t.ok(await has(state, 'foo'));
  writeFileSync(target, 'bogus\n');
  t.ok(await has(state));
  writeFileSync(join(state.outside, 'new.conf'), 'exec sleep 1\n');
  renameSync(join(state.outside, 'new.conf'), target);
  t.ok(await has(state, 'foo'));
  const before = state.readings;
  writeFileSync(join(state.outside, 'unrelated'), '');
  writeFileSync(join(state.directory, 'other.conf'), '');
  t.ok(await has(state, 'foo', 'other'));
  t.equal(state.readings, before + 1, "what else happens beside the target is nobody's business");
});

test('a directory of links that is exchanged as a whole, as Kubernetes does, is noticed', async (t) => {
  const state = rig(t);
  for (const [version, job] of [
    ['..1', 'exec sleep 1\n'],
    ['..2', 'bogus\n'],
  ] as const) {
    mkdirSync(join(state.directory, version));
    writeFileSync(join(state.directory, version, 'foo.conf'), job);
  }
  symlinkSync('..1', join(state.directory, '..data'));
  symlinkSync('..data/foo.conf', join(state.directory, 'foo.conf'));
  t.ok(await has(state, 'foo'));
  symlinkSync('..2', join(state.directory, '..data_tmp'));
  renameSync(join(state.directory, '..data_tmp'), join(state.directory, '..data'));
  t.ok(await has(state));
});

test('a configuration directory that appears later is noticed, also after it was removed', async (t) => {
  const state = rig(t, 'etc/foster');
  mkdirSync(state.directory, { recursive: true });
  writeFileSync(join(state.directory, 'foo.conf'), 'exec sleep 1\n');
  t.ok(await has(state, 'foo'));
  rmSync(join(state.directory, '..'), { recursive: true });
  t.ok(await has(state));
  mkdirSync(state.directory, { recursive: true });
  writeFileSync(join(state.directory, 'bar.conf'), 'exec sleep 1\n');
  t.ok(await has(state, 'bar'));
  t.same(state.warnings, []);
});

test('many changes at once are one reading, and a file is not read while it is being written', async (t) => {
  const state = rig(t);
  const path = join(state.directory, 'foo.conf');
  writeFileSync(path, 'exec sleep 1\n');
  for (let line = 0; line < 50; line += 1) {
    appendFileSync(path, `env A${line}=1\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(await has(state, 'foo'));
  t.equal(state.readings, 1);
});

test('a link to the configuration directory that is switched by a rename is noticed, and what comes later', async (t) => {
  const release = (top: string, name: string, job: string): void => {
    mkdirSync(join(top, 'releases', name, 'jobs'), { recursive: true });
    writeFileSync(join(top, 'releases', name, 'jobs', `${job}.conf`), 'exec sleep 1\n');
  };
  // the link is in the middle of the path
  const state = rig(t, 'current/jobs', (top) => {
    release(top, '1', 'before');
    symlinkSync('releases/1', join(top, 'current'));
  });
  writeFileSync(join(state.directory, 'more.conf'), 'exec sleep 1\n');
  t.ok(await has(state, 'before', 'more'));
  const root = state.directory.slice(0, -'/current/jobs'.length);
  release(root, '2', 'behind');
  symlinkSync('releases/2', join(root, 'next'));
  renameSync(join(root, 'next'), join(root, 'current'));
  t.ok(await has(state, 'behind'));
  writeFileSync(join(root, 'releases/2/jobs/added.conf'), 'exec sleep 1\n');
  t.ok(await has(state, 'added', 'behind'));
  t.same(state.warnings, []);
});
