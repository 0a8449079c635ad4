import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { takeLock, type TakenLock } from '../../../src/supervisor/state/supervisor-lock.js';
import { realKernel } from '../support/children.js';

function scratch(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return join(directory, 'lock');
}

function descriptorOf(taken: TakenLock): number {
  if ('fd' in taken) return taken.fd;
  throw new Error(`process ${taken.holder} has the lock`);
}

test('a supervisor that lives keeps the lock, and the file says who it is', (t) => {
  const file = scratch(t);
  const first = descriptorOf(takeLock(file, realKernel, true));
  t.equal(readFileSync(file, 'utf8'), `${process.pid}\n`);
  t.strictSame(takeLock(file, realKernel, true), { holder: String(process.pid) });
  closeSync(first);
  t.end();
});

test('whoever has the lock and has not said who it is yet is not waited for', (t) => {
  const file = scratch(t);
  const first = descriptorOf(takeLock(file, realKernel, true));
  writeFileSync(file, '');
  t.strictSame(takeLock(file, realKernel, true), { holder: '' });
  closeSync(first);
  t.end();
});

test('the child that a killed supervisor was starting is waited for until its exec, at a start', (t) => {
  const file = scratch(t);
  const first = descriptorOf(takeLock(file, realKernel, true));
  const killed = String(spawnSync('true').pid);
  writeFileSync(file, `${killed}\n`);
  t.strictSame(takeLock(file, realKernel, false), { holder: killed }, 'what runs already never waits');
  let attempts = 0;
  const lock = (fd: number): boolean => {
    attempts += 1;
    if (attempts === 3) closeSync(first);
    return realKernel.files.lock(fd);
  };
  closeSync(descriptorOf(takeLock(file, { ...realKernel, files: { lock } }, true)));
  t.equal(attempts, 3);
  t.end();
});
