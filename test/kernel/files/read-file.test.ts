import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readRegularFile, readTextFile, readTextIfThere } from '../../../src/kernel/files/read-file.js';

const directory = mkdtempSync(join(tmpdir(), 'foster-read-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = (name: string): string => join(directory, name);
const RULES = { limit: 100 };

t.test('a regular file is read whole, also one that says that it is empty', (t) => {
  writeFileSync(path('text'), 'ä line\n');
  t.equal(readTextFile(path('text'), RULES), 'ä line\n');
  t.match(readTextFile('/proc/self/stat', { limit: 4096 }), new RegExp(`^${process.pid} `));
  t.end();
});

t.test('what is no regular file is refused at once, by its kind', (t) => {
  execFileSync('mkfifo', [path('fifo')]);
  mkdirSync(path('directory'));
  const refused = (name: string, code: string, kind: string): void => {
    t.throws(() => readTextFile(name, RULES), {
      code,
      message: `${name} is ${kind}, expected a regular file`,
    });
  };
  refused(path('fifo'), 'EINVAL', 'a FIFO');
  refused('/dev/zero', 'EINVAL', 'a device');
  refused(path('directory'), 'EISDIR', 'a directory');
  symlinkSync('/dev/zero', path('endless'));
  refused(path('endless'), 'EINVAL', 'a device');
  t.end();
});

t.test('a link is followed, or refused where it makes no sense', (t) => {
  writeFileSync(path('target'), '12\n');
  symlinkSync('target', path('link'));
  t.equal(readTextFile(path('link'), RULES), '12\n');
  t.throws(() => readTextFile(path('link'), { ...RULES, links: 'refuse' }), {
    code: 'ELOOP',
    message: `${path('link')} is a symbolic link, expected a regular file`,
  });
  t.end();
});

t.test('a file that is too large is refused, or cut where its beginning is enough', (t) => {
  writeFileSync(path('large'), 'x'.repeat(101));
  t.throws(() => readTextFile(path('large'), RULES), {
    code: 'EFBIG',
    message: `${path('large')} is too large, expected 100 bytes at most`,
  });
  t.equal(readRegularFile(path('large'), { ...RULES, beyond: 'cut' }).length, 100);
  writeFileSync(path('large'), 'x'.repeat(100));
  t.equal(readTextFile(path('large'), RULES).length, 100);
  t.end();
});

t.test('a file that is missing may be an answer; what else is wrong is none', (t) => {
  t.equal(readTextIfThere(path('nothing'), RULES), undefined);
  t.throws(() => readTextFile(path('nothing'), RULES), { name: 'SystemError', code: 'ENOENT' });
  t.throws(() => readTextIfThere(directory, RULES), { code: 'EISDIR' });
  t.end();
});

t.test('a file on which another process holds a lease is refused, not waited for', async (t) => {
  writeFileSync(path('leased'), '12\n');
  // F_SETLEASE with F_WRLCK: open(2) waits for its holder, 45 seconds by default
  const program =
    'import fcntl, signal, sys\nsignal.signal(signal.SIGIO, signal.SIG_IGN)\nf = open(sys.argv[1], "r+")\nfcntl.fcntl(f, 1024, 1)\nprint("held", flush=True)\nsys.stdin.read()';
  const holder = spawn('python3', ['-c', program, path('leased')], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(holder, 'exit');
  const [line] = (await Promise.race([once(holder.stdout, 'data'), ended])) as [unknown];
  if (!Buffer.isBuffer(line)) {
    t.comment('leases are not to be had here');
    return;
  }
  t.throws(() => readTextFile(path('leased'), RULES), { code: 'EAGAIN', message: /holds a lease/ });
  holder.stdin.end();
  await ended;
});
