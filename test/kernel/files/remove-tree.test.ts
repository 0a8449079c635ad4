import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { removingTree } from '../../../src/kernel/files/remove-tree.js';

function place(t: Test): { tree: string; outside: string } {
  const directory = mkdtempSync(join(tmpdir(), 'foster-tree-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const [tree, outside] = [join(directory, 'tree'), join(directory, 'outside')];
  mkdirSync(tree);
  mkdirSync(outside);
  writeFileSync(join(outside, 'precious'), 'x');
  return { tree, outside };
}

/** @returns what is left */
function removeAll(tree: string): readonly string[] {
  const removing = removingTree(tree);
  for (;;) {
    const step = removing.next();
    if (step.done === true) return step.value;
  }
}

test('a tree goes with all that is in it, and what links lead to stays', (t) => {
  const { tree, outside } = place(t);
  mkdirSync(join(tree, 'a/b/c'), { recursive: true });
  writeFileSync(join(tree, 'a/b/file'), '');
  symlinkSync(outside, join(tree, 'a/link'));
  symlinkSync(join(outside, 'precious'), join(tree, 'link'));
  t.same(removeAll(tree), []);
  t.notOk(existsSync(tree));
  t.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'x');
  t.end();
});

test('a directory that becomes a link while it is removed leads nowhere', (t) => {
  const { tree, outside } = place(t);
  for (const name of ['one', 'two']) {
    mkdirSync(join(tree, name));
    writeFileSync(join(tree, name, 'precious'), '');
  }
  const removing = removingTree(tree);
  // before the first entry: the list of names is read, and both become links
  removing.next();
  for (const name of ['one', 'two']) {
    renameSync(join(tree, name), join(outside, name));
    symlinkSync(outside, join(tree, name));
  }
  while (removing.next().done !== true);
  t.ok(existsSync(join(outside, 'precious')));
  t.ok(existsSync(join(outside, 'one/precious')));
  t.end();
});

test('what is nested without end is left, and said', (t) => {
  const { tree } = place(t);
  mkdirSync(join(tree, ...Array<string>(70).fill('d')), { recursive: true });
  const left = removeAll(tree);
  t.match(left[0], /nested too deeply/);
  t.ok(existsSync(tree));
  t.end();
});

test('a link in the place of the tree is not followed', (t) => {
  const { tree, outside } = place(t);
  rmSync(tree, { recursive: true });
  symlinkSync(outside, tree);
  t.match(removeAll(tree), [/ELOOP|ENOTDIR/]);
  t.ok(existsSync(join(outside, 'precious')));
  t.end();
});

test('a tree that is gone is removed', (t) => {
  const { tree } = place(t);
  rmSync(tree, { recursive: true });
  t.same(removeAll(tree), []);
  t.end();
});
