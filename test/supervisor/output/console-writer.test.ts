import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { ConsoleWriter } from '../../../src/supervisor/output/console-writer.js';
import { realKernel } from '../support/children.js';
import { until } from '../../helpers/until.js';

const { files } = realKernel;

interface Rig {
  readonly write: number;
  readonly reports: string[];
  readonly console: ConsoleWriter;
  readonly read: () => string;
}

function pipe(t: Test, backlog?: number, own: typeof files = files): Rig {
  const { read, write } = files.makePipe();
  const reports: string[] = [];
  const console = new ConsoleWriter(write, own, (_level, text) => void reports.push(text), backlog);
  t.teardown(() => {
    console.close();
    closeSync(read);
    closeSync(write);
  });
  const buffer = Buffer.alloc(65_536);
  return {
    write,
    reports,
    console,
    read: () => buffer.toString('utf8', 0, files.readNow(read, buffer) ?? 0),
  };
}

test('lines reach stdout at once while somebody reads', (t) => {
  const { console, read } = pipe(t);
  console.write('one\n');
  console.write(Buffer.from('two\n'));
  t.equal(read(), 'one\ntwo\n');
  t.end();
});

test('nobody waits for a reader that is slow; what it missed comes later, in order', async (t) => {
  const { console, read, reports } = pipe(t);
  const lines = Array.from({ length: 30_000 }, (_, number) => `line ${number}\n`);
  for (const line of lines) console.write(line);
  let text = '';
  await until('all lines', () => {
    text += read();
    return text.length >= lines.join('').length;
  });
  t.equal(text, lines.join(''));
  t.same(reports, []);
});

test('beyond a bound whole lines are dropped and counted', async (t) => {
  const { console, read, reports } = pipe(t, 1000);
  for (let number = 0; number < 20_000; number += 1) console.write(`line ${number}\n`);
  let text = '';
  await until('the report', () => {
    text += read();
    return reports.length > 0;
  });
  t.match(reports[0], /too slow: \d+ bytes of output were dropped/);
  t.ok(/^(line \d+\n)+$/.test(text));
});

test('a reader that has gone is reported once', (t) => {
  const { read, write } = files.makePipe();
  const reports: string[] = [];
  const console = new ConsoleWriter(write, files, (_level, text) => void reports.push(text));
  closeSync(read);
  console.write('one\n');
  console.write('two\n');
  console.close();
  closeSync(write);
  t.match(reports, [/EPIPE/]);
  t.equal(reports.length, 1);
  t.end();
});

test('a file takes everything', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  const path = join(directory, 'out');
  const fd = openSync(path, 'a');
  const console = new ConsoleWriter(fd, files, (_level, text) => t.fail(text));
  console.write('one\n');
  console.close();
  closeSync(fd);
  t.equal(readFileSync(path, 'utf8'), 'one\n');
  rmSync(directory, { recursive: true });
  t.end();
});
