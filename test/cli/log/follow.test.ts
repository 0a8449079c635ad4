import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Follower } from '../../../src/cli/log/follow.js';
import type { SourceItem } from '../../../src/cli/log/job-log.js';
import { LinuxFiles } from '../../../src/kernel/files/files.js';
import { LogFile } from '../../../src/supervisor/output/log-file.js';
import { LogPart } from '../../../src/cli/log/log-part.js';

/** Follows a file in a directory of its own; `next` waits for the next line. */
function following(t: Test, text: string | undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'foster-log-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'web.log');
  const indexes = join(directory, 'indexes');
  if (text !== undefined) writeFileSync(path, text);
  const lines: string[] = [];
  let waiting: ((line: string) => void) | undefined;
  const take = (item: SourceItem) => {
    const line = item.kind === 'line' ? item.line.toString('utf8') : `<${item.event.kind}>`;
    if (waiting === undefined) lines.push(line);
    else waiting(line);
    waiting = undefined;
  };
  const source = { title: 'web', name: 'web', instance: '', stream: undefined, files: [path], indexes };
  const follower = new Follower({
    source,
    path,
    part: LogPart.open(path, indexes),
    position: text?.length ?? 0,
    take,
  });
  follower.start((error) => t.fail(String(error)));
  const next = () =>
    new Promise<string>((resolve) => {
      const line = lines.shift();
      if (line === undefined) waiting = resolve;
      else resolve(line);
    });
  const end = () => follower.close();
  return { path, indexes, next, end };
}

t.test('prints what is appended, line by line', async (t) => {
  const { path, next, end } = following(t, 'old\n');
  appendFileSync(path, 'one\ntw');
  t.equal(await next(), 'one');
  appendFileSync(path, 'o ü\n');
  t.equal(await next(), 'two ü');
  end();
});

t.test('a run that ends without a word is seen, though the index alone has changed', async (t) => {
  const { path, indexes, next, end } = following(t, undefined);
  const report = (_: string, text: string): void => void t.fail(text);
  const file = new LogFile({ path, indexes, files: new LinuxFiles(), report });
  file.append(Buffer.from('last words\n'));
  file.flushIndex();
  t.equal(await next(), 'last words');
  file.mark({ kind: 'ended', status: 0 });
  file.flushIndex();
  t.equal(await next(), '<ended>');
  file.close();
  end();
});

t.test('goes on with the new file after a rotation, and loses nothing of the old one', async (t) => {
  const { path, next, end } = following(t, 'old\n');
  appendFileSync(path, 'last\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'first\n');
  t.equal(await next(), 'last');
  t.equal(await next(), 'first');
  end();
});

t.test('goes on at the start of a file that was cut', async (t) => {
  const { path, next, end } = following(t, 'old\n');
  appendFileSync(path, 'a longer line\n');
  t.equal(await next(), 'a longer line');
  truncateSync(path, 0);
  appendFileSync(path, 'new\n');
  t.equal(await next(), 'new');
  end();
});

t.test('waits for a file that is not there yet', async (t) => {
  const { path, next, end } = following(t, undefined);
  writeFileSync(path, 'hello\n');
  t.equal(await next(), 'hello');
  end();
});
