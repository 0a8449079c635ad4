import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test, type Test } from 'tap';
import { LinuxFiles } from '../../../src/kernel/files/files.js';
import { LogFile } from '../../../src/supervisor/output/log-file.js';
import type { RotationRule } from '../../../src/supervisor/output/rotation.js';

interface Rig {
  readonly directory: string;
  readonly file: LogFile;
  readonly reports: string[];
  readonly read: (name?: string) => string;
}

function rig(
  t: Test,
  rotation?: RotationRule,
  backlog?: number,
  directory = mkdtempSync(join(tmpdir(), 'foster-')),
): Rig {
  const reports: string[] = [];
  const file = new LogFile({
    path: join(directory, 'foo.log'),
    indexes: `${directory}.indexes`,
    files: new LinuxFiles(),
    report: (_level, text) => void reports.push(text),
    rotation,
    ...(backlog !== undefined && { backlogLimit: backlog }),
  });
  t.teardown(() => {
    file.close();
    for (const path of [directory, `${directory}.indexes`]) rmSync(path, { recursive: true, force: true });
  });
  return {
    directory,
    file,
    reports,
    read: (name = 'foo.log') => readFileSync(join(directory, name), 'utf8'),
  };
}

/** All that is there, hidden files too. */
function logs(directory: string): readonly string[] {
  return readdirSync(directory).sort();
}

test('a file that is full is moved aside at the end of a line, and the oldest is deleted', (t) => {
  const { file, directory, read } = rig(t, { size: 10, count: 2 });
  for (const line of ['aaaa\n', 'bbbb\n', 'cccc\n', 'dddd\neeee\nffff\n', 'gggg\n'])
    file.append(Buffer.from(line));
  t.equal(read(), 'gggg\n');
  t.equal(read('foo.log.1'), 'eeee\nffff\n');
  t.equal(read('foo.log.2'), 'cccc\ndddd\n');
  t.same(logs(directory), ['foo.log', 'foo.log.1', 'foo.log.2']);
  t.same(logs(`${directory}.indexes${directory}`), ['foo.log.1.index', 'foo.log.2.index', 'foo.log.index']);
  t.same(
    file.files(),
    ['foo.log.2', 'foo.log.1', 'foo.log'].map((name) => join(directory, name)),
  );
  t.end();
});

test('a file that an earlier supervisor left counts with its size', (t) => {
  const { file, directory, read } = rig(t, { size: 10, count: 1 });
  writeFileSync(join(directory, 'foo.log'), '12345678\n');
  file.append(Buffer.from('next\n'));
  t.equal(read('foo.log.1'), '12345678\n');
  t.equal(read(), 'next\n');
  t.end();
});

test('rotation loses nothing and cuts no line, however the bytes come', (t) => {
  const chunks = fc.array(
    fc.array(fc.constantFrom('a', 'bb', '\n'), { maxLength: 12 }).map((parts) => parts.join('')),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 12 }), (texts, size) => {
      const { file } = rig(t, { size, count: 1000 });
      for (const text of texts) file.append(Buffer.from(text));
      const parts = file.files().map((path) => readFileSync(path, 'utf8'));
      file.close();
      const whole = parts.slice(0, -1).every((part) => part.endsWith('\n'));
      return parts.join('') === texts.join('') && whole;
    }),
    { numRuns: 60 },
  );
  t.end();
});

test('no old file is kept with a count of 0', (t) => {
  const { file, directory, read } = rig(t, { size: 5, count: 0 });
  for (const line of ['aaaa\n', 'bbbb\n']) file.append(Buffer.from(line));
  t.equal(read(), 'bbbb\n');
  t.same(logs(directory), ['foo.log']);
  t.end();
});

test('what cannot be written is kept up to a bound, told once, and written with the number of lost bytes', (t) => {
  const { file, directory, reports, read } = rig(t, undefined, 10);
  rmSync(directory, { recursive: true });
  for (const line of ['one\n', 'two\n', 'much too long\n']) file.append(Buffer.from(line));
  t.equal(file.blocked, true);
  t.equal(reports.length, 1);
  t.match(reports[0], /unable to write .*foo\.log: ENOENT/);
  file.retry();
  t.equal(reports.length, 1);
  mkdirSync(directory);
  file.retry();
  t.equal(read(), 'one\ntwo\n');
  t.equal(file.blocked, false);
  t.match(reports[1], /can be written again: 14 bytes of output were lost/);
  file.append(Buffer.from('three\n'));
  t.equal(read(), 'one\ntwo\nthree\n');
  t.end();
});

test('bytes that come while others wait do not overtake them', (t) => {
  const { file, directory, read } = rig(t);
  rmSync(directory, { recursive: true });
  file.append(Buffer.from('one\n'));
  mkdirSync(directory);
  file.append(Buffer.from('two\n'));
  file.retry();
  t.equal(read(), 'one\ntwo\n');
  t.end();
});

const mayMount = ((): boolean => {
  const place = mkdtempSync(join(tmpdir(), 'foster-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', place], { stdio: 'ignore' });
    execFileSync('umount', [place]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(place, { recursive: true });
  }
})();

test(
  'a full disk holds nobody up: one warning, the rest when there is room',
  { skip: mayMount ? false : 'needs the right to mount' },
  (t) => {
    const disk = mkdtempSync(join(tmpdir(), 'foster-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    const { file, reports } = rig(t, undefined, 8192, disk);
    t.teardown(() => execFileSync('umount', ['-l', disk]));
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(60 * 1024));
    const line = Buffer.from(`${'x'.repeat(1023)}\n`);
    for (let number = 0; number < 20; number += 1) file.append(line);
    t.equal(reports.length, 1);
    t.match(reports[0], /ENOSPC/);
    rmSync(join(disk, 'ballast'));
    file.retry();
    t.equal(file.blocked, false);
    t.match(reports[1], /\d+ bytes of output were lost/);
    const text = readFileSync(file.path, 'utf8');
    t.ok(/^(x{1023}\n)+$/.test(text), 'whole lines only');
    file.close();
    t.end();
  },
);

test('something else in the place of the file is refused, and left alone', (t) => {
  const { file, directory, reports } = rig(t);
  mkdirSync(join(directory, 'foo.log'));
  file.append(Buffer.from('one\n'));
  t.match(reports, [/EISDIR.*dropped/]);
  rmSync(join(directory, 'foo.log'), { recursive: true });
  execFileSync('mkfifo', [join(directory, 'foo.log')]);
  file.append(Buffer.from('two\n'));
  t.match(reports[1], /dropped/, 'a FIFO does not hold it up');
  t.end();
});

test('a line without end is cut where the file has its size, and a little more for lines that end', (t) => {
  const { file, directory } = rig(t, { size: 100_000, count: 3 });
  for (let n = 0; n < 100; n += 1) file.append(Buffer.alloc(10_000, n % 2 === 0 ? 'x' : '\r'));
  const sizes = file.files().map((path) => statSync(path).size);
  t.equal(sizes.length, 4);
  for (const size of sizes) t.ok(size <= 112_500, `${size} bytes`);
  file.append(Buffer.from('end\nnext\n'));
  t.ok(logs(directory).length <= 4);
  t.end();
});

test('a gap among the old files, as a kill in the middle of a rotation leaves it, hides and moves nothing beyond it', (t) => {
  const { file, directory, read } = rig(t, { size: 5, count: 4 });
  writeFileSync(join(directory, 'foo.log.2'), 'old\n');
  writeFileSync(join(directory, 'foo.log.3.gz'), 'older');
  for (const line of ['aaaa\n', 'bbbb\n']) file.append(Buffer.from(line));
  t.same(
    file.files(),
    ['foo.log.3.gz', 'foo.log.2', 'foo.log.1', 'foo.log'].map((name) => join(directory, name)),
  );
  t.equal(read('foo.log.2'), 'old\n');
  file.append(Buffer.from('cccc\n'));
  t.equal(read('foo.log.3'), 'old\n');
  t.same(logs(directory), ['foo.log', 'foo.log.1', 'foo.log.2', 'foo.log.3', 'foo.log.4.gz']);
  t.end();
});

test('a file that is moved away or emptied by another program is written from its beginning', (t) => {
  const { file, directory, read } = rig(t);
  file.append(Buffer.from('one\n'));
  renameSync(join(directory, 'foo.log'), join(directory, 'foo.log.1'));
  file.append(Buffer.from('two\n'));
  t.equal(read('foo.log.1'), 'one\n');
  t.equal(read(), 'two\n');
  truncateSync(join(directory, 'foo.log'));
  file.append(Buffer.from('three\n'));
  t.equal(read(), 'three\n', 'no hole in the place of what was there');
  appendFileSync(join(directory, 'foo.log'), 'by somebody else\n');
  file.append(Buffer.from('four\n'));
  t.equal(read(), 'three\nby somebody else\nfour\n');
  t.end();
});

test('bytes are moved from a pipe, and are out of it whatever becomes of the file', (t) => {
  const kernel = new LinuxFiles();
  const pipe = kernel.makePipe();
  t.teardown(() => [pipe.read, pipe.write].forEach((fd) => closeSync(fd)));
  const { file, directory, reports, read } = rig(t, { size: 8, count: 5 });
  const send = (text: string): void => {
    writeSync(pipe.write, text);
    file.move(Buffer.from(text), pipe.read);
    t.equal(kernel.readNow(pipe.read, Buffer.alloc(10)), undefined, 'nothing is left');
  };
  send('aaa\nbbb\nccc\n');
  t.equal(read('foo.log.1'), 'aaa\nbbb\n');
  t.equal(read(), 'ccc\n');
  rmSync(directory, { recursive: true });
  send('ddd\n');
  send('eee\n');
  t.equal(file.blocked, true);
  mkdirSync(directory);
  file.retry();
  t.equal(read(), 'ddd\neee\n');
  t.match(reports[1], /nothing was lost/);
  t.end();
});

test('bytes go from the pipe into the file in one call, so that no kill comes in between', (t) => {
  const kernel = new LinuxFiles();
  const pipe = kernel.makePipe();
  t.teardown(() => [pipe.read, pipe.write].forEach((fd) => closeSync(fd)));
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const discarded: number[] = [];
  const file = new LogFile({
    path: join(directory, 'foo.log'),
    indexes: join(directory, 'indexes'),
    files: {
      splice: (...args) => kernel.splice(...args),
      discard: (_pipe, count) => void discarded.push(count),
    },
    report: () => undefined,
    rotation: { size: 8, count: 5 },
  });
  t.teardown(() => file.close());
  for (const text of ['one\n', 'two\nthree\n', 'four']) {
    writeSync(pipe.write, text);
    file.move(Buffer.from(text), pipe.read);
    t.equal(kernel.readNow(pipe.read, Buffer.alloc(20)), undefined, 'the pipe is empty');
  }
  t.same(discarded, [], 'nothing was written and removed one after the other');
  t.end();
});

test('bytes are moved without being looked at once the file is open, as long as it has room for whatever a pipe holds', (t) => {
  const kernel = new LinuxFiles();
  const pipe = kernel.makePipe();
  t.teardown(() => closeSync(pipe.read));
  const { file, directory, read } = rig(t, { size: 80 * 1024, count: 5 });
  const unseen = (most = Infinity): unknown => {
    const moved = file.moveUnseen(pipe.read, most);
    return typeof moved === 'object' ? [moved.count, moved.tail.toString()] : moved;
  };
  t.equal(unseen(), undefined, 'it is not open');
  file.append(Buffer.from('one\n'));
  t.equal(unseen(), 'nothing');
  writeSync(pipe.write, 'two\nthree\n');
  t.same(unseen(4), [4, 'two\n'], 'so many as are asked for');
  t.same(unseen(), [6, 'three\n']);
  t.equal(read(), 'one\ntwo\nthree\n');
  const long = `${'x'.repeat(20 * 1024 - 1)}\n`;
  writeSync(pipe.write, long);
  t.same(unseen(), [long.length, long.slice(-16 * 1024)], 'their end, for whoever asks for the last lines');
  t.equal(unseen(), undefined, 'the file may be full by what comes next');
  renameSync(join(directory, 'foo.log'), join(directory, 'elsewhere'));
  t.equal(unseen(), undefined, 'another file is opened');
  t.equal(unseen(), 'nothing');
  closeSync(pipe.write);
  t.equal(unseen(), 'end');
  t.end();
});

test('what has been looked at is written also if the job itself has taken it from its pipe', (t) => {
  const kernel = new LinuxFiles();
  const pipe = kernel.makePipe();
  t.teardown(() => [pipe.read, pipe.write].forEach((fd) => closeSync(fd)));
  const { file, reports, read } = rig(t);
  file.move(Buffer.from('one\n'), pipe.read);
  t.equal(read(), 'one\n');
  t.same(reports, []);
  t.end();
});

test('a file that may only be appended to is written all the same', (t) => {
  const { file, directory, read } = rig(t);
  writeFileSync(join(directory, 'foo.log'), 'one\n');
  try {
    execFileSync('chattr', ['+a', join(directory, 'foo.log')], { stdio: 'ignore' });
  } catch {
    t.comment('no chattr here');
    t.end();
    return;
  }
  const kernel = new LinuxFiles();
  const pipe = kernel.makePipe();
  writeSync(pipe.write, 'two\n');
  file.move(Buffer.from('two\n'), pipe.read);
  execFileSync('chattr', ['-a', join(directory, 'foo.log')]);
  [pipe.read, pipe.write].forEach((fd) => closeSync(fd));
  t.equal(read(), 'one\ntwo\n');
  t.end();
});

test('a new file begins with each day, whatever its size', (t) => {
  let now = new Date(2026, 2, 28, 23, 59).getTime();
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  const options = { size: undefined, count: 5, period: 'daily' } as const;
  const file = new LogFile({
    path: join(directory, 'foo.log'),
    indexes: `${directory}.indexes`,
    files: new LinuxFiles(),
    report: () => undefined,
    rotation: options,
    now: () => now,
  });
  t.teardown(() => {
    file.close();
    for (const path of [directory, `${directory}.indexes`]) rmSync(path, { recursive: true });
  });
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  file.append(Buffer.from('saturday\nand half'));
  now += 120_000;
  file.append(Buffer.from(' a line\n'));
  file.append(Buffer.from('sunday\n'));
  file.append(Buffer.from('still sunday\n'));
  t.equal(read('foo.log.1'), 'saturday\nand half a line\n');
  t.equal(read('foo.log'), 'sunday\nstill sunday\n');
  t.end();
});
