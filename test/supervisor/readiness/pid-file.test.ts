import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { PidFileHint } from '../../../src/supervisor/readiness/pid-file.js';

function look(t: Test, make: (path: string) => void): { named: number[]; warnings: string[]; path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'foster-pid-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'pid');
  make(path);
  const named: number[] = [];
  const warnings: string[] = [];
  const hint = new PidFileHint(
    path,
    (pid) => named.push(pid) > 0,
    (text) => warnings.push(text),
  );
  hint.check();
  hint.stop();
  return { named, warnings, path };
}

t.test('the number at the beginning counts, whatever follows', (t) => {
  t.same(
    look(t, (path) => writeFileSync(path, '4711\n/var/lib/postgresql\n'.padEnd(5000, 'x'))).named,
    [4711],
  );
  t.same(look(t, (path) => writeFileSync(path, 'none\n')).named, []);
  t.match(
    look(t, () => undefined),
    { warnings: [], named: [] },
  );
  t.end();
});

t.test('what the user of the job has put in its place settles nothing, and is named', (t) => {
  const fifo = look(t, (path) => execFileSync('mkfifo', [path]));
  t.match(fifo, {
    named: [],
    warnings: [`${fifo.path} is a FIFO, expected a regular file: it settles nothing`],
  });
  const endless = look(t, (path) => symlinkSync('/dev/zero', path));
  t.match(endless.warnings, [/ is a symbolic link, expected a regular file: it settles nothing$/]);
  t.same(endless.named, []);
  t.end();
});
