import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeFifo, makePipe } from '../../../src/kernel/files/pipe.js';
import { readNow } from '../../../src/kernel/files/read-now.js';
import { discard, splice, tee } from '../../../src/kernel/files/splice.js';

const directory = mkdtempSync(join(tmpdir(), 'foster-splice-'));
const fifo = join(directory, 'fifo');
makeFifo(fifo, 0o600);
const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
const copy = makePipe();
t.teardown(() => {
  for (const fd of [reader, copy.read, copy.write]) closeSync(fd);
  rmSync(directory, { recursive: true });
});

t.test('what is looked at stays in the pipe; what is moved is in the file and not in the pipe', (t) => {
  const writer = openSync(fifo, 'r+');
  const file = openSync(join(directory, 'file'), 'w+');
  t.equal(tee(reader, copy.write, 4096), undefined, 'nothing is there now');
  writeSync(writer, 'one\ntwo\n');
  const seen = Buffer.alloc(100);
  t.equal(tee(reader, copy.write, 4096), 8);
  t.equal(seen.toString('latin1', 0, readNow(copy.read, seen)), 'one\ntwo\n');
  writeSync(file, 'zero\n');
  t.equal(splice(reader, file, 5, 4), 4);
  t.equal(readFileSync(join(directory, 'file'), 'utf8'), 'zero\none\n');
  discard(reader, 2);
  t.equal(tee(reader, copy.write, 4096), 2);
  t.equal(seen.toString('latin1', 0, readNow(copy.read, seen)), 'o\n');
  closeSync(writer);
  discard(reader, 2);
  t.equal(tee(reader, copy.write, 4096), 0, 'the end');
  closeSync(file);
  t.end();
});

t.test('a file that may only be appended to is refused, and the bytes stay in the pipe', (t) => {
  const writer = openSync(fifo, 'r+');
  const file = openSync(join(directory, 'append'), 'a');
  writeSync(writer, 'one\n');
  t.throws(() => splice(reader, file, 0, 4), { name: 'SystemError', code: 'EINVAL' });
  const seen = Buffer.alloc(100);
  t.equal(readNow(reader, seen), 4);
  t.throws(() => tee(file, copy.write, 10), { code: 'EBADF' });
  closeSync(writer);
  closeSync(file);
  t.end();
});
