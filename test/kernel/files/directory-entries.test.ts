import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { directoryEntries } from '../../../src/kernel/files/directory-entries.js';
import { everyPid } from '../../../src/kernel/proc/every-process.js';
import { ProcFilesystem } from '../../../src/kernel/proc/procfs.js';

t.test('names and types, without the directory itself and the one above', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-list-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const names = Array.from({ length: 300 }, (_, n) => `a file with a long name, ${n}`);
  for (const name of names) writeFileSync(join(directory, name), '');
  mkdirSync(join(directory, 'below'));
  symlinkSync('nowhere', join(directory, 'link'));
  const found = new Map([...directoryEntries(directory)].map(({ name, type }) => [name, type]));
  t.same([...found.keys()].sort(), [...names, 'below', 'link'].sort());
  t.equal(found.get('below'), 'directory');
  t.equal(found.get('link'), 'other');
  t.equal(found.get(names[0]!), 'file');
  t.throws(() => [...directoryEntries(join(directory, 'nothing'))], { name: 'SystemError', code: 'ENOENT' });
  t.end();
});

t.test('processes that end while they are listed are no error', async (t) => {
  // short processes without end: each listing meets some that vanish
  const storm = spawn(
    'sh',
    ['-c', 'echo begun; while :; do for n in 1 2 3 4 5 6 7 8 9; do (:)& done; wait; done'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    },
  );
  t.teardown(() => process.kill(-storm.pid!, 'SIGKILL'));
  await once(storm.stdout, 'data');
  const proc = new ProcFilesystem();
  for (let times = 0; times < 1500; times++) {
    let count = 0;
    for (const pid of everyPid()) count += pid > 0 ? 1 : 0;
    if (count === 0) t.fail('nobody is listed');
    if (times % 50 === 0) for (const pid of proc.pids()) proc.children(pid);
  }
});
