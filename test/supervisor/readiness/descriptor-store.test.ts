import { closeSync, fstatSync, openSync } from 'node:fs';
import { test } from 'tap';
import { foreignDescriptors } from '../../../src/kernel/files/close-foreign.js';
import { DescriptorStore } from '../../../src/supervisor/readiness/descriptor-store.js';
import { until } from '../../helpers/until.js';

const JOB = { name: 'foo', instance: '' };
const OTHER = { name: 'foo', instance: 'other' };

const open = (): number => openSync('/dev/null', 'r');

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBADF') return false;
    throw error;
  }
}

test('keeps as many as there is room for, and says which', (t) => {
  const store = new DescriptorStore();
  t.teardown(() => store.close());
  const [a, b, c] = [open(), open(), open()];
  t.same(store.keep(JOB, 'x', [a, b], 3), [a, b]);
  const d = open();
  t.same(store.keep(JOB, 'y', [c, d], 3), [c]);
  t.same(store.of(JOB), [
    { name: 'x', fd: a },
    { name: 'x', fd: b },
    { name: 'y', fd: c },
  ]);
  t.same(store.keep(JOB, 'y', [d], 0), []);
  closeSync(d);
  t.equal(store.of(JOB), store.of(JOB), 'the same as long as nothing changes');
  t.same(store.of(OTHER), []);
  t.end();
});

/** Whatever may wait is closed by another thread. */
const closed = (): Promise<unknown> =>
  until('what was let go to be closed', () => foreignDescriptors() === 0);

test('lets go of those of one name, of those of one job, of all', async (t) => {
  const store = new DescriptorStore();
  const [a, b, c] = [open(), open(), open()];
  store.keep(JOB, 'x', [a], 9);
  store.keep(JOB, 'y', [b], 9);
  store.keep(OTHER, 'x', [c], 9);
  store.remove(JOB, 'x');
  await closed();
  t.same([a, b, c].map(isOpen), [false, true, true]);
  store.release(JOB);
  await closed();
  t.same([b, c].map(isOpen), [false, true]);
  store.close();
  await closed();
  t.equal(isOpen(c), false);
});
