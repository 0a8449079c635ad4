import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { LinuxFiles } from '../../../src/kernel/files/files.js';
import { makeUnnamedFile } from '../../../src/kernel/files/memfd.js';

const files = new LinuxFiles();

test('makes a FIFO with the given mode, and says what failed when it cannot', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'out');
  files.makeFifo(path, 0o600);
  t.ok(statSync(path).isFIFO());
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.throws(() => files.makeFifo(path, 0o600), { name: 'SystemError', code: 'EEXIST', syscall: 'mkfifo' });
  t.end();
});

test('a pipe carries bytes, and its reading end does not block', (t) => {
  const { read, write } = files.makePipe();
  t.teardown(() => [read, write].forEach((fd) => closeSync(fd)));
  const buffer = Buffer.alloc(16);
  t.throws(() => readSync(read, buffer), { code: 'EAGAIN' });
  writeSync(write, 'hello');
  t.equal(buffer.toString('latin1', 0, readSync(read, buffer)), 'hello');
  t.end();
});

test('a memory file can be re-opened and read, and not be changed', (t) => {
  const fd = files.makeMemoryFile('script', Buffer.from('echo hello\n'));
  t.teardown(() => closeSync(fd));
  t.equal(readFileSync(`/proc/self/fd/${fd}`, 'utf8'), 'echo hello\n');
  t.equal(
    readFileSync(`/proc/self/fd/${fd}`, 'utf8'),
    'echo hello\n',
    'each opening reads from the beginning',
  );
  t.equal(fstatSync(fd).mode & 0o444, 0o444, 'everyone may read it');
  t.throws(() => writeSync(fd, 'x'), { code: 'EPERM' });
  t.end();
});

test('where memfd_create is refused, a file without a name does the same', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const fd = makeUnnamedFile(Buffer.from('echo hello\n'), 'try', ['/no/such/directory', '/proc', directory])!;
  t.teardown(() => closeSync(fd));
  t.equal(readFileSync(`/proc/self/fd/${fd}`, 'utf8'), 'echo hello\n');
  t.equal(fstatSync(fd).mode & 0o777, 0o444, 'everyone may read it');
  t.throws(() => writeSync(fd, 'x'), { code: 'EBADF' });
  t.same(readdirSync(directory), []);
  t.equal(makeUnnamedFile(Buffer.from(''), 'try', ['/proc']), undefined);
  t.end();
});

test('a terminal passes newlines unchanged', (t) => {
  const { controller, terminal } = files.openTerminal();
  t.teardown(() => [controller, terminal].forEach((fd) => closeSync(fd)));
  const buffer = Buffer.alloc(16);
  t.throws(() => readSync(controller, buffer), { code: 'EAGAIN' });
  writeSync(terminal, 'a\nb\n');
  t.equal(buffer.toString('latin1', 0, readSync(controller, buffer)), 'a\nb\n');
  t.end();
});

test('a lock is refused to everybody else until it is let go', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'lock');
  const [first, second] = [openSync(path, 'w'), openSync(path, 'w')];
  t.equal(files.lock(first), true);
  t.equal(files.lock(second), false);
  closeSync(first);
  t.equal(files.lock(second), true);
  closeSync(second);
  t.end();
});

test('writeNow fills a blocking pipe without ever waiting', (t) => {
  const { read, write } = files.makePipe();
  t.teardown(() => closeSync(read));
  const block = Buffer.alloc(8192, 'x');
  let total = 0;
  for (let written = files.writeNow(write, block); written > 0; written = files.writeNow(write, block))
    total += written;
  t.equal(total, 65_536, 'as much as a pipe holds');
  const buffer = Buffer.alloc(8192);
  readSync(read, buffer);
  t.ok(files.writeNow(write, block) > 0, 'goes on when there is room');
  t.equal(fstatSync(write).isFIFO(), true);
  closeSync(write);
  t.end();
});

test('writeNow reports a reader that has gone', (t) => {
  const { read, write } = files.makePipe();
  closeSync(read);
  t.throws(() => files.writeNow(write, Buffer.from('x')), { code: 'EPIPE' });
  closeSync(write);
  t.end();
});

test('descriptors do not leak into other programs', (t) => {
  const { read, write } = files.makePipe();
  const memory = files.makeMemoryFile('script', Buffer.from(''));
  const { controller, terminal } = files.openTerminal();
  for (const fd of [read, write, memory, controller, terminal]) {
    const flags = Number.parseInt(
      /^flags:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '',
      8,
    );
    t.not(flags & 0o2000000, 0, 'close-on-exec');
    closeSync(fd);
  }
  t.end();
});

test('readNow tells bytes, nothing and the end apart', (t) => {
  const { read, write } = files.makePipe();
  t.teardown(() => closeSync(read));
  const buffer = Buffer.alloc(4);
  t.equal(files.readNow(read, buffer), undefined);
  writeSync(write, 'hello');
  t.equal(files.readNow(read, buffer), 4);
  t.equal(buffer.toString(), 'hell');
  t.equal(files.readNow(read, buffer), 1);
  closeSync(write);
  t.equal(files.readNow(read, buffer), 0);
  t.throws(() => files.readNow(9999, buffer), { code: 'EBADF' });
  t.end();
});
