import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { thisBoot } from '../../../src/supervisor/state/boot-identity.js';
import { RunDirectory } from '../../../src/supervisor/state/run-directory.js';
import { openRunDirectory } from '../../../src/supervisor/state/open-run-directory.js';
import { realKernel } from '../support/children.js';

function scratch(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

test('makes the directory and what is in it, for the owner only', (t) => {
  const path = join(scratch(t), 'run', 'foster');
  const directory = RunDirectory.open(path, realKernel);
  t.equal(statSync(path).mode & 0o777, 0o755, 'the socket in it is for everybody');
  for (const part of [directory.output, directory.jobs]) t.equal(statSync(part).mode & 0o777, 0o700);
  directory.close();
  t.end();
});

test('a second supervisor gets one clear error, until the first has ended', (t) => {
  const path = scratch(t);
  const first = RunDirectory.open(path, realKernel);
  t.throws(() => RunDirectory.open(path, realKernel), {
    name: 'RunDirectoryError',
    message: `Another foster (process ${process.pid}) uses the run directory ${path}: stop it, or choose another one with --rundir.`,
  });
  first.close();
  RunDirectory.open(path, realKernel).close();
  t.end();
});

test('a lock that was kept over a re-exec is not taken again', (t) => {
  const path = scratch(t);
  const first = RunDirectory.open(path, realKernel);
  const again = RunDirectory.resume(path, realKernel, first.lockDescriptor!);
  t.equal(again.lockDescriptor, first.lockDescriptor);
  again.close();
  t.end();
});

test(
  'a directory of another user is refused',
  { skip: process.getuid!() === 0 ? false : 'needs root' },
  (t) => {
    const path = scratch(t);
    chownSync(path, 65534, 65534);
    t.throws(() => RunDirectory.open(path, realKernel), {
      name: 'RunDirectoryError',
      message: /belongs to uid 65534/,
    });
    t.end();
  },
);

test('what is no directory is refused', (t) => {
  const path = join(scratch(t), 'file');
  writeFileSync(path, '');
  t.throws(() => RunDirectory.open(path, realKernel), { code: 'EEXIST' });
  t.end();
});

test('root uses none that others can write, and says what to do', { skip: process.getuid?.() !== 0 }, (t) => {
  const path = scratch(t);
  const refusal = (): string => {
    try {
      RunDirectory.open(path, realKernel).close();
      return '';
    } catch (error) {
      return String(error);
    }
  };
  t.equal(refusal(), '');
  chmodSync(path, 0o777);
  t.match(refusal(), /is writable by everyone, who could have root run any program: .* chmod o-w /);
  chmodSync(path, 0o1777);
  t.notOk(refusal(), 'a tmpfs: with the sticky bit, nobody can replace what is ours');
  chmodSync(path, 0o775);
  t.equal(refusal(), '', 'the group is root');
  chownSync(path, 0, 65534);
  t.match(refusal(), /is writable by group 65534/);
  chmodSync(path, 0o755);
  t.equal(refusal(), '');
  chmodSync(join(path, 'jobs'), 0o777);
  t.match(refusal(), /jobs is writable by everyone/);
  t.end();
});

test('an ordinary user uses none that others can write either', { skip: process.getuid?.() !== 0 }, (t) => {
  const path = scratch(t);
  chownSync(path, 65533, 65533);
  const refusal = (): string => {
    // the process is root, and asks as this user
    const { geteuid, getegid } = process;
    Object.assign(process, { geteuid: () => 65533, getegid: () => 65533 });
    try {
      RunDirectory.resume(path, realKernel, -1).repair();
      return '';
    } catch (error) {
      return String(error);
    } finally {
      Object.assign(process, { geteuid, getegid });
    }
  };
  chmodSync(path, 0o777);
  t.match(refusal(), /is writable by everyone, who could have foster run any program: .* chmod o-w /);
  chmodSync(path, 0o775);
  t.notMatch(refusal(), /writable/, 'its own group has nobody else in it');
  chownSync(path, 65533, 100);
  t.match(refusal(), /is writable by group 100/);
  chmodSync(path, 0o1777);
  t.notMatch(refusal(), /writable/);
  t.end();
});

test('what another user has left in it is not believed', { skip: process.getuid?.() !== 0 }, (t) => {
  for (const name of ['jobs/cron.json', 'launches', 'begun']) {
    const path = scratch(t);
    RunDirectory.open(path, realKernel).close();
    writeFileSync(join(path, name), '{}');
    chownSync(join(path, name), 65534, 65534);
    t.throws(() => RunDirectory.open(path, realKernel), {
      name: 'RunDirectoryError',
      message: new RegExp(`${name} belongs to uid 65534, not to 0`),
    });
  }
  t.end();
});

test('files are those of the directory that was checked, whatever its name stands for later', (t) => {
  const path = join(scratch(t), 'run');
  const directory = RunDirectory.open(path, realKernel);
  t.teardown(() => directory.close());
  renameSync(path, `${path}.away`);
  mkdirSync(join(path, 'jobs'), { recursive: true });
  writeFileSync(join(directory.jobs, 'a.json'), 'saved');
  t.ok(existsSync(join(`${path}.away`, 'jobs/a.json')));
  t.equal(directory.readable(`open '${join(directory.jobs, 'a.json')}'`), `open '${path}/jobs/a.json'`);
  t.ok(directory.repair(), 'then it is another one, and checked again');
  writeFileSync(join(directory.jobs, 'b.json'), 'saved');
  t.ok(existsSync(join(path, 'jobs/b.json')));
  t.end();
});

test('what is in the way of a part of it is set aside: all else that was saved is still used', (t) => {
  for (const [name, put] of Object.entries({
    jobs: (path: string) => writeFileSync(path, 'a file'),
    output: (path: string) => symlinkSync('nowhere', path),
    lock: (path: string) => mkdirSync(path),
    'lock ': (path: string) => symlinkSync('elsewhere', path.trim()),
  })) {
    const path = scratch(t);
    RunDirectory.open(path, realKernel).close();
    const part = join(path, name.trim());
    rmSync(part, { recursive: true });
    put(join(path, name));
    const directory = RunDirectory.open(path, realKernel);
    t.equal(lstatSync(part).isDirectory(), name.trim() !== 'lock', name);
    t.ok(lstatSync(`${part}.unusable`), 'it is kept under another name');
    directory.close();
  }
  t.end();
});

test('where a foster has crashed, none begins without what is saved there', (t) => {
  const path = scratch(t);
  const kernel = {
    ...realKernel,
    files: {
      ...realKernel.files,
      lock: (): boolean => {
        throw new Error('EROFS: read-only file system');
      },
    },
  };
  const warnings: string[] = [];
  const open = (): unknown => openRunDirectory(path, kernel, (_, text) => warnings.push(text));
  t.equal(open(), undefined, 'nothing has begun here: jobs run, and will not survive a crash');
  t.match(warnings, [/cannot be used/]);
  writeFileSync(join(path, 'begun'), JSON.stringify(thisBoot()));
  t.throws(open, { name: 'RunDirectoryError', message: /has crashed here, and its jobs may be running/ });
  t.end();
});
