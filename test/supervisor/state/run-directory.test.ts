import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { RunDirectory } from '../../../src/supervisor/state/run-directory.js';
import { realKernel } from '../support/children.js';

function scratch(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

test('makes the directory and what is in it, for the owner only', (t) => {
  const path = join(scratch(t), 'run', 'foster');
  const directory = RunDirectory.open(path, realKernel.files);
  t.equal(statSync(path).mode & 0o777, 0o755, 'the socket in it is for everybody');
  for (const part of [directory.output, directory.jobs]) t.equal(statSync(part).mode & 0o777, 0o700);
  directory.close();
  t.end();
});

test('a second supervisor gets one clear error, until the first has ended', (t) => {
  const path = scratch(t);
  const first = RunDirectory.open(path, realKernel.files);
  t.throws(() => RunDirectory.open(path, realKernel.files), {
    name: 'RunDirectoryError',
    message: `Another foster (process ${process.pid}) uses the run directory ${path}: stop it, or choose another one by --rundir.`,
  });
  first.close();
  RunDirectory.open(path, realKernel.files).close();
  t.end();
});

test('a lock that was kept over a re-exec is not taken again', (t) => {
  const path = scratch(t);
  const first = RunDirectory.open(path, realKernel.files);
  const again = RunDirectory.resume(path, realKernel.files, first.lockDescriptor!);
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
    t.throws(() => RunDirectory.open(path, realKernel.files), {
      name: 'RunDirectoryError',
      message: /belongs to uid 65534/,
    });
    t.end();
  },
);

test('what is no directory is refused', (t) => {
  const path = join(scratch(t), 'file');
  writeFileSync(path, '');
  t.throws(() => RunDirectory.open(path, realKernel.files), { code: 'EEXIST' });
  t.end();
});
