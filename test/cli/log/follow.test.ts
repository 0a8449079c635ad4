import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { followFile } from '../../../src/cli/log/follow.js';

/** Follows a file in a directory of its own; `next` waits for the next line. */
async function following(t: Test, text: string | undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'foster-log-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'web.log');
  if (text !== undefined) writeFileSync(path, text);
  const file = text === undefined ? undefined : await open(path);
  const lines: string[] = [];
  let waiting: ((line: string) => void) | undefined;
  const stop = new AbortController();
  const take = (line: string) => {
    if (waiting === undefined) lines.push(line);
    else waiting(line);
    waiting = undefined;
  };
  const ended = followFile(path, { file, position: text?.length ?? 0 }, take, stop.signal);
  const next = () =>
    new Promise<string>((resolve) => {
      const line = lines.shift();
      if (line === undefined) waiting = resolve;
      else resolve(line);
    });
  const end = () => {
    stop.abort();
    return ended;
  };
  return { path, next, end };
}

t.test('prints what is appended, line by line', async (t) => {
  const { path, next, end } = await following(t, 'old\n');
  appendFileSync(path, 'one\ntw');
  t.equal(await next(), 'one');
  appendFileSync(path, 'o ü\n');
  t.equal(await next(), 'two ü');
  await end();
});

t.test('goes on with the new file after a rotation, and loses nothing of the old one', async (t) => {
  const { path, next, end } = await following(t, 'old\n');
  appendFileSync(path, 'last\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'first\n');
  t.equal(await next(), 'last');
  t.equal(await next(), 'first');
  await end();
});

t.test('goes on at the start of a file that was cut', async (t) => {
  const { path, next, end } = await following(t, 'old\n');
  appendFileSync(path, 'a longer line\n');
  t.equal(await next(), 'a longer line');
  truncateSync(path, 0);
  appendFileSync(path, 'new\n');
  t.equal(await next(), 'new');
  await end();
});

t.test('waits for a file that is not there yet', async (t) => {
  const { path, next, end } = await following(t, undefined);
  writeFileSync(path, 'hello\n');
  t.equal(await next(), 'hello');
  await end();
});
