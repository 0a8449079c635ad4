import { test } from 'tap';

import { onRealTimeSignal } from '../../../src/kernel/process/realtime-signals.js';

/** what systemd and container engines send to ask an init to shut down */
const SIGRTMIN_PLUS_3 = 37;

test('a real-time signal calls back, again and again, also after an exception', async (t) => {
  const errors: unknown[] = [];
  let calls = 0;
  await new Promise<void>((resolve) => {
    const watch = onRealTimeSignal(
      SIGRTMIN_PLUS_3,
      () => {
        calls++;
        if (calls === 3) {
          watch.dispose();
          watch.dispose();
          resolve();
          return;
        }
        process.kill(process.pid, SIGRTMIN_PLUS_3);
        if (calls === 1) throw new Error('thrown');
      },
      (error) => errors.push(error),
    );
    // a libuv signal keeps nothing running: something else has to
    const alive = setTimeout(() => t.fail('the signal did not come'), 20_000);
    t.teardown(() => clearTimeout(alive));
    process.kill(process.pid, SIGRTMIN_PLUS_3);
  });
  t.equal(calls, 3);
  t.match(errors, [{ message: 'thrown' }]);
});

test('a signal that cannot be caught is refused', (t) => {
  t.throws(() => onRealTimeSignal(9, () => undefined), { code: 'EINVAL', message: /^catch signal KILL: / });
  t.end();
});
