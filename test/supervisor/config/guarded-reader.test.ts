import { chmodSync, chownSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { diskReader } from '../../../src/jobfile/files/directory-reader.js';
import { loadDirectories } from '../../../src/jobfile/files/load.js';
import { guardedReader } from '../../../src/supervisor/config/guarded-reader.js';

const STRANGER = 65534;
const needsRoot = process.getuid?.() !== 0 && 'only root has files of other users';

/** A directory of root with `web.conf` and `sub/db.conf`, and what root's supervisor makes of it. */
function setUp(t: Test) {
  const directory = t.testdir({ 'web.conf': 'exec web\n', sub: { 'db.conf': 'exec db\n' } });
  for (const path of ['', 'sub']) chmodSync(join(directory, path), 0o755);
  for (const path of ['web.conf', 'sub/db.conf']) chmodSync(join(directory, path), 0o644);
  const warnings: string[] = [];
  const load = (isNamed: boolean) => {
    const report = (_level: string, text: string): void => void warnings.push(text);
    const { files, errors } = loadDirectories(
      [directory],
      guardedReader({ reader: diskReader, isNamed, report }),
    );
    return {
      used: files.filter((file) => file.class !== undefined).map(({ name }) => name),
      errors: [...errors, ...files.flatMap((file) => file.errors)].map(
        ({ file, message }) => `${file}: ${message}`,
      ),
    };
  };
  return { directory, load, warnings };
}

t.test('files of root are used', { skip: needsRoot }, (t) => {
  const { load, warnings } = setUp(t);
  t.same(load(false), { used: ['sub/db', 'web'], errors: [] });
  t.same(warnings, []);
  t.end();
});

t.test('a file that everybody can write is refused, and no other', { skip: needsRoot }, (t) => {
  const { directory, load } = setUp(t);
  chmodSync(join(directory, 'web.conf'), 0o666);
  const { used, errors } = load(true);
  t.same(used, ['sub/db']);
  t.match(errors, [/web\.conf: Cannot be read: it is writable by everyone, .*\(chmod o-w .*web\.conf\)/]);
  t.end();
});

t.test('so is one that a group can write, if it is not root’s', { skip: needsRoot }, (t) => {
  const { directory, load } = setUp(t);
  chmodSync(join(directory, 'web.conf'), 0o664);
  t.same(load(true).used, ['sub/db', 'web'], 'the group is root');
  chownSync(join(directory, 'web.conf'), 0, STRANGER);
  t.match(load(true), { used: ['sub/db'], errors: [/is writable by group 65534/] });
  t.end();
});

t.test('a directory that others can write is refused with all that is in it', { skip: needsRoot }, (t) => {
  const { directory, load } = setUp(t);
  chmodSync(join(directory, 'sub'), 0o777);
  t.match(load(true), { used: ['web'], errors: [/sub: Cannot be read: it is writable by everyone/] });
  chmodSync(directory, 0o777);
  t.match(load(true), { used: [] });
  t.end();
});

t.test('what a link leads to is looked at', { skip: needsRoot }, (t) => {
  const { directory, load } = setUp(t);
  const target = join(directory, 'sub/not-a-job');
  writeFileSync(target, 'exec x\n');
  chmodSync(target, 0o666);
  symlinkSync(target, join(directory, 'x.conf'));
  t.match(load(true).errors, [/x\.conf: Cannot be read: it is writable by everyone/]);
  t.end();
});

t.test('another user’s directory is used if it was named, with one warning', { skip: needsRoot }, (t) => {
  const { directory, load, warnings } = setUp(t);
  for (const path of ['', 'web.conf', 'sub', 'sub/db.conf'])
    chownSync(join(directory, path), STRANGER, STRANGER);
  t.same(load(true), { used: ['sub/db', 'web'], errors: [] });
  t.match(warnings, [/belongs to user 65534, who can so run any program as root \(chown 0 /]);
  t.match(load(false), { used: [], errors: [/belongs to user 65534/] });
  t.end();
});
