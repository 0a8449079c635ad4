import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { inRoot } from '../../../src/supervisor/launch/rooted-path.js';

function jail(t: Test, links: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  for (const directory of ['bin', 'usr/bin', 'etc/alternatives'])
    mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(join(root, 'usr/bin/dash'), '');
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
  return root;
}

test('without another root a path is what it is', (t) => {
  t.equal(inRoot('/', '/usr/../bin/sh'), '/usr/../bin/sh');
  t.end();
});

test('links are followed inside the root, absolute ones from the root', (t) => {
  const root = jail(t, {
    'bin/sh': '/etc/alternatives/sh',
    'etc/alternatives/sh': '../../usr/bin/dash',
    sbin: 'usr/bin',
  });
  t.equal(inRoot(root, '/bin/sh'), join(root, 'usr/bin/dash'));
  t.equal(inRoot(root, '/sbin/dash'), join(root, 'usr/bin/dash'));
  t.end();
});

test('nothing leads out of the root', (t) => {
  const root = jail(t, { 'bin/out': '../../../../../../etc/passwd', 'bin/up': '/..' });
  t.equal(inRoot(root, '/../../etc/passwd'), join(root, 'etc/passwd'));
  t.equal(inRoot(root, '/bin/out'), join(root, 'etc/passwd'));
  t.equal(inRoot(root, '/bin/up/etc'), join(root, 'etc'));
  t.end();
});

test('what does not exist is named all the same', (t) => {
  const root = jail(t, {});
  t.equal(inRoot(root, '/no/./such//file'), join(root, 'no/such/file'));
  t.end();
});

test('a circle of links ends', (t) => {
  const root = jail(t, { 'bin/a': 'b', 'bin/b': 'a' });
  t.equal(inRoot(root, '/bin/a'), undefined);
  t.end();
});
