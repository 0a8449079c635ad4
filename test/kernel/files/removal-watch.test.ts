import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { EventLoop } from '../../../src/kernel/event-loop.js';
import { watchForRemoval } from '../../../src/kernel/files/removal-watch.js';

/** A directory with a file that is watched, beside one that is not. `next` waits for the next notice. */
function rig(t: Test) {
  const directory = mkdtempSync(join(tmpdir(), 'foster-watch-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const elsewhere = mkdtempSync(join(tmpdir(), 'foster-watch-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true, force: true }));
  const socket = join(elsewhere, 'socket');
  writeFileSync(socket, '');
  let notices = 0;
  let waiting: (() => void) | undefined;
  // unref'ed: whoever waits keeps the test going
  const alive = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(alive));
  const watch = watchForRemoval({ directories: [directory], files: [socket] }, new EventLoop(), () => {
    notices += 1;
    waiting?.();
  });
  t.teardown(() => watch.dispose());
  const next = (act: () => void): Promise<void> =>
    new Promise((resolve) => {
      waiting = resolve;
      act();
    });
  return { directory, socket, next, watch, notices: () => notices };
}

test('a file that is removed from the directory, and one that is renamed, are noticed', async (t) => {
  const { directory, next } = rig(t);
  const file = join(directory, 'launches');
  writeFileSync(file, '');
  await next(() => rmSync(file));
  writeFileSync(file, '');
  mkdirSync(join(directory, 'below'));
  await next(() => renameSync(file, join(directory, 'below/launches')));
  await next(() => rmSync(join(directory, 'below'), { recursive: true }));
  t.pass();
});

test('so is the end of the directory itself, or its new name', async (t) => {
  const { directory, next } = rig(t);
  await next(() => renameSync(directory, `${directory}.old`));
  await next(() => rmSync(`${directory}.old`, { recursive: true }));
  t.pass();
});

test('so is a watched file anywhere else', async (t) => {
  const { socket, next } = rig(t);
  await next(() => rmSync(socket));
  t.pass();
});

test('what is written or made in the directory wakes nobody', async (t) => {
  const { directory, next, notices } = rig(t);
  for (const name of ['a', 'b', 'c']) writeFileSync(join(directory, name), 'new');
  writeFileSync(join(directory, 'a'), 'changed');
  await next(() => rmSync(join(directory, 'a')));
  t.equal(notices(), 1, 'the removal alone, after all of that');
});

test('what is missing is not watched; what cannot be watched is an error, and nothing stays open', (t) => {
  const count = (): number => readdirSync('/proc/self/fd').length;
  const { directory } = rig(t);
  const loop = new EventLoop();
  const before = count();
  const watch = watchForRemoval({ directories: [join(directory, 'gone')], files: [] }, loop, () => undefined);
  t.equal(count(), before + 1);
  watch.dispose();
  const names = { directories: [directory], files: [`${directory}/${'x'.repeat(300)}`] };
  t.throws(() => watchForRemoval(names, loop, () => undefined), { code: 'ENAMETOOLONG' });
  t.equal(count(), before);
  t.end();
});
