import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { PathWatch, statOf } from '../../../src/supervisor/readiness/path-watch.js';

/** `seen()` resolves when the watch has told of a state in which the file is (not) there. */
function watchOf(
  t: Test,
  ...names: string[]
): { path: string; root: string; seen: (there: boolean) => Promise<void> } {
  const root = mkdtempSync(join(tmpdir(), 'foster-'));
  const path = join(root, ...names);
  let waiting: (() => void) | undefined;
  const watch = new PathWatch(
    path,
    () => waiting?.(),
    (error) => t.fail(error.message),
  );
  watch.start();
  // a watch does not keep the program alive by itself
  const alive = setInterval(() => undefined, 1000);
  t.teardown(() => {
    clearInterval(alive);
    watch.close();
    rmSync(root, { recursive: true });
  });
  const seen = (there: boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting = () => {
        if ((statOf(path) !== undefined) === there) resolve();
      };
    });
  return { path, root, seen };
}

test('tells of a file that comes and goes', async (t) => {
  const { path, seen } = watchOf(t, 'file');
  const come = seen(true);
  writeFileSync(path, '');
  await come;
  const gone = seen(false);
  rmSync(path);
  await gone;
});

test('follows directories as they are made, removed and made again', async (t) => {
  const { path, root, seen } = watchOf(t, 'a', 'b', 'file');
  for (const round of [1, 2]) {
    const come = seen(true);
    mkdirSync(join(root, 'a', 'b'), { recursive: true });
    writeFileSync(path, '');
    await come;
    const gone = seen(false);
    rmSync(join(root, 'a'), { recursive: true });
    await gone;
    t.pass(`round ${round}`);
  }
});

test('tells of a file that is there with the directory that is moved into place', async (t) => {
  const { root, seen } = watchOf(t, 'a', 'file');
  mkdirSync(join(root, 'new'));
  writeFileSync(join(root, 'new', 'file'), '');
  const come = seen(true);
  renameSync(join(root, 'new'), join(root, 'a'));
  await come;
});
