import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import type { DirectoryReader } from '../../../src/jobfile/files/directory-reader.js';
import { filesInUse, LoadCache, loadDirectories, readAhead } from '../../../src/jobfile/files/load.js';

/** A file system of some texts by absolute path. */
function reading(files: Readonly<Record<string, string>>): DirectoryReader {
  return {
    identity: (directory) => directory,
    read: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`no ${path}`);
      return text;
    },
    list: (directory) => {
      const below = Object.keys(files).filter((path) => path.startsWith(`${directory}/`));
      if (below.length === 0) throw Object.assign(new Error(`no ${directory}`), { code: 'ENOENT' });
      const names = new Map(
        below.map((path) => {
          const [name = '', ...rest] = path.slice(directory.length + 1).split('/');
          return [name, rest.length === 0 ? ('file' as const) : ('directory' as const)];
        }),
      );
      return [...names].map(([name, kind]) => ({ name, kind }));
    },
  };
}

function inUse(
  files: Readonly<Record<string, string>>,
  directories: readonly string[] = ['/a', '/b'],
): Record<string, unknown> {
  const loaded = loadDirectories(directories, reading(files));
  return Object.fromEntries(
    filesInUse(loaded).map((file) => [file.name, file.class?.processes.main ?? file.errors[0]?.message]),
  );
}

t.test('only names of job files count, in all directories below', (t) => {
  const exec = 'exec x\n';
  const names = Object.keys(
    inUse({
      '/a/one.conf': exec,
      '/a/net/deep/two.conf': exec,
      '/a/.hid.conf': exec,
      '/a/.conf': exec,
      '/a/net/.conf': exec,
      '/a/x.conf~': exec,
      '/a/y.conf.bak': exec,
      '/a/z.txt': exec,
      '/a/w@1.ini': 'exec = x\n',
      '/a/.#lock.conf': exec,
      '/a/.git/config.conf': exec,
      '/a/old.dpkg-dist/v.conf': exec,
      '/a/lonely.override': exec,
      '/a/.put-aside.ini': 'exec = x\n',
      '/a/.one.override': 'bogus\n',
    }),
  );
  t.strictSame(names.sort(), ['.hid', 'net/deep/two', 'one', 'w@1']);
  t.end();
});

t.test('what Upstart takes for a job in a dotfile is started by nothing, and nothing is said of it', (t) => {
  const text = 'start on startup\nstop on x\nexec x\n';
  const files = { '/a/.old.conf': text, '/a/.broken.conf': 'bogus\n', '/a/new.conf': text };
  const loaded = filesInUse(loadDirectories(['/a'], reading(files)));
  const hidden = loaded.find(({ name }) => name === '.old')?.class;
  t.match(hidden, { manual: true });
  t.equal(hidden?.startOn, undefined);
  t.equal(hidden?.stopOn, undefined);
  t.same(
    loaded.flatMap(({ errors }) => errors),
    [],
  );
  t.end();
});

t.test('the first directory counts, and .conf before .ini', (t) => {
  const files = {
    '/a/x.ini': 'exec = a\n',
    '/a/y.conf': 'exec a-conf\n',
    '/a/y.ini': 'exec = a-ini\n',
    '/b/x.conf': 'exec b\n',
  };
  t.strictSame(inUse(files), { x: { exec: 'a' }, y: { exec: 'a-conf' } });
  const { files: all } = loadDirectories(['/a', '/b'], reading(files));
  t.strictSame(
    all
      .filter(({ shadowedBy }) => shadowedBy !== undefined)
      .map(({ path, shadowedBy }) => [path, shadowedBy]),
    [
      ['/a/y.ini', '/a/y.conf'],
      ['/b/x.conf', '/a/x.ini'],
    ],
    'the other one is reported',
  );
  t.end();
});

t.test('a broken file affects no other job, and the next best one of its name takes over', (t) => {
  const files = {
    '/a/x.conf': 'bogus\n',
    '/b/x.conf': 'exec b\n',
    '/a/y.conf': 'exec y\n',
    '/a/z.conf': 'bogus\n',
  };
  t.strictSame(inUse(files), { x: { exec: 'b' }, y: { exec: 'y' }, z: 'Unknown stanza' });
  t.end();
});

t.test('an override counts from the directory of the job file or an earlier one', (t) => {
  const files = { '/b/x.conf': 'exec b\n', '/a/y.conf': 'exec a\n', '/b/y.override': 'exec o\n' };
  t.strictSame(inUse({ ...files, '/a/x.override': 'exec o\n' }), { x: { exec: 'o' }, y: { exec: 'a' } });
  t.strictSame(inUse({ ...files, '/a/x.override': 'exec first\n', '/b/x.override': 'exec second\n' })['x'], {
    exec: 'first',
  });
  t.end();
});

t.test('a broken override is reported and the job is what its own file says', (t) => {
  const { files } = loadDirectories(
    ['/a'],
    reading({ '/a/x.conf': 'exec a\n', '/a/x.override': 'exec o\nbogus\n' }),
  );
  t.match(files, [
    {
      name: 'x',
      class: { processes: { main: { exec: 'a' } } },
      errors: [{ file: '/a/x.override', line: 2 }],
    },
  ]);
  t.end();
});

t.test('on a disk', (t) => {
  const root = t.testdir({});
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('jobs/one.conf', 'exec one\n');
  write('elsewhere/two', 'exec two\n');
  write('jobs/sub/three.conf', 'exec three\n');
  symlinkSync('../elsewhere/two', join(root, 'jobs/two.conf'));
  symlinkSync('..', join(root, 'jobs/sub/loop'));
  symlinkSync('nowhere', join(root, 'jobs/dangling.conf'));

  t.test('links are followed, loops once, and links to nowhere are nothing', (t) => {
    const { files, errors } = loadDirectories([join(root, 'jobs')]);
    t.strictSame(
      files.map(({ name }) => name),
      ['one', 'sub/three', 'two'],
    );
    t.strictSame(errors, []);
    t.end();
  });

  t.test('a link that leads to itself is an error of its own name, and of no other', (t) => {
    const directory = t.testdir({
      'one.conf': 'exec one\n',
      'self.conf': t.fixture('symlink', 'self.conf'),
      'self.txt': t.fixture('symlink', 'self.txt'),
    });
    const { files, errors } = loadDirectories([directory]);
    t.match(files, [
      { name: 'one', errors: [], class: { processes: { main: { exec: 'one' } } } },
      { name: 'self', errors: [{ line: 0, message: /^Cannot be read: ELOOP/ }] },
    ]);
    t.strictSame(errors, []);
    t.end();
  });

  t.test(
    'a job file or override that is a FIFO, a device or endless is an error of its own name, and blocks nobody',
    (t) => {
      const directory = t.testdir({
        'endless.conf': t.fixture('symlink', '/dev/zero'),
        'large.conf': 'x'.repeat(1024 * 1024 + 1),
        'one.conf': 'exec one\n',
      });
      for (const name of ['fifo.conf', 'one.override', 'fifo.txt'])
        execFileSync('mkfifo', [join(directory, name)]);
      const message = 'Cannot be read: it is a FIFO, expected a regular file';
      t.match(loadDirectories([directory]).files, [
        { name: 'endless', errors: [{ message: 'Cannot be read: it is a device, expected a regular file' }] },
        { name: 'fifo', errors: [{ file: join(directory, 'fifo.conf'), line: 0, message }] },
        {
          name: 'large',
          errors: [{ message: 'Cannot be read: it is too large, expected 1048576 bytes at most' }],
        },
        {
          name: 'one',
          class: { name: 'one' },
          errors: [{ file: join(directory, 'one.override'), line: 0, message }],
        },
      ]);
      t.end();
    },
  );

  t.test('a directory that does not exist holds nothing', (t) => {
    t.strictSame(loadDirectories([join(root, 'missing')]), { files: [], errors: [] });
    t.end();
  });

  const skip = process.getuid?.() === 0 ? 'root may read everything' : false;
  t.test('a file that may not be read is reported', { skip }, (t) => {
    chmodSync(join(root, 'jobs/one.conf'), 0);
    const { files } = loadDirectories([join(root, 'jobs')]);
    t.match(files[0], { name: 'one', errors: [{ line: 0, message: /^Cannot be read: / }] });
    t.end();
  });
  t.end();
});

t.test('what has not changed is not parsed again, and what has is', (t) => {
  const cache = new LoadCache();
  const load = (files: Readonly<Record<string, string>>) =>
    new Map(loadDirectories(['/a'], reading(files), cache).files.map((file) => [file.name, file]));
  const files = {
    '/a/x.conf': 'exec a',
    '/a/y.conf': 'exec b',
    '/a/y.override': 'nice 1',
    '/a/z.conf': 'bad',
  };
  const first = load(files);
  const second = load(files);
  for (const name of ['x', 'y', 'z']) t.equal(second.get(name), first.get(name), name);
  const third = load({ ...files, '/a/x.conf': 'exec c', '/a/y.override': 'nice 2' });
  t.match(third.get('x'), { class: { processes: { main: { exec: 'c' } } } });
  t.match(third.get('y'), { class: { nice: 2 } });
  t.equal(third.get('z'), first.get('z'));
  const without = Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('override')));
  t.equal(load(without).get('y')?.class?.nice, undefined, 'an override that is gone');
  t.match(load(files).get('y'), { class: { nice: 1 } }, 'and is there again');
  t.end();
});

t.test('files that were read ahead are not parsed again', async (t) => {
  const cache = new LoadCache();
  const files = { '/a/x.conf': 'exec a', '/a/y.conf': 'exec b', '/a/y.override': 'nice 1' };
  await readAhead(['/a'], cache, reading(files));
  const [first] = loadDirectories(['/a'], reading(files), cache).files;
  await readAhead(['/a'], cache, reading({ ...files, '/a/y.conf': 'exec c' }));
  const [x, y] = loadDirectories(['/a'], reading({ ...files, '/a/y.conf': 'exec d' }), cache).files;
  t.equal(x, first);
  t.match(y, { class: { processes: { main: { exec: 'd' } }, nice: 1 } }, 'what has changed since counts');
});
