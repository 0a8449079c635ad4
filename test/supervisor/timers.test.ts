/** The timers of the supervisor, by a clock that the test moves. */
import { spawnSync } from 'node:child_process';
import { test } from 'tap';
import { Timers } from '../../src/supervisor/timers.js';

test('a timer that is late is believed only when everything has been read', async (t) => {
  const order: string[] = [];
  const fired = new Promise<Timers>((resolve) => {
    const timers = new Timers(
      () => performance.now(),
      (id) => {
        order.push(id);
        resolve(timers);
      },
    );
    timers.set('late', performance.now() + 1);
  });
  process.once('SIGUSR2', () => order.push('read'));
  // nothing is read as long as this lasts, and the signal comes within it
  spawnSync('/bin/sh', ['-c', `kill -USR2 ${process.pid}; sleep 0.2`]);
  const timers = await fired;
  t.same(order, ['read', 'late']);
  const { count, sum } = timers.lateness.view();
  t.equal(count, 1);
  t.ok(sum >= 0.15, `late by ${sum} s`);
});

test('one that is cleared while it waits for that does not fire', async (t) => {
  const fired: string[] = [];
  const timers = new Timers(
    () => performance.now(),
    (id) => void fired.push(id),
  );
  timers.set('cleared', performance.now() + 1);
  timers.set('kept', performance.now() + 1);
  const cleared = new Promise<void>((resolve) => {
    // begun after those, so that it comes after them, and before any immediate
    setTimeout(() => {
      t.same(fired, [], 'they are late, and wait');
      timers.clear('cleared');
      resolve();
    }, 1);
  });
  spawnSync('sleep', ['0.2']);
  await cleared;
  await new Promise((resolve) => setImmediate(resolve));
  t.same(fired, ['kept']);
});
