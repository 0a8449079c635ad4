import { mock } from 'node:test';
import t from 'tap';
import { longPause, setLongTimeout } from '../src/long-timer.js';

const DAY = 86_400_000;

t.test('a timer of 34 days fires after 34 days', (t) => {
  let now = 1000;
  const clock = performance.now.bind(performance);
  performance.now = () => now;
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => {
    mock.timers.reset();
    performance.now = clock;
  });
  const pass = (milliseconds: number): void => {
    for (let left = milliseconds; left > 0; left -= DAY) {
      const step = Math.min(DAY, left);
      now += step;
      mock.timers.tick(step);
    }
  };
  let fired = 0;
  setLongTimeout(() => (fired += 1), 34 * DAY);
  const cancelled = setLongTimeout(() => t.fail('it was disposed of'), 40 * DAY);
  pass(33.9 * DAY);
  t.equal(fired, 0);
  pass(0.1 * DAY);
  t.equal(fired, 1);
  cancelled.dispose();
  pass(60 * DAY);
  t.equal(fired, 1);
  t.end();
});

t.test('short ones, and none', async (t) => {
  await longPause(1);
  await longPause(0);
  await longPause(-5);
  const never = setLongTimeout(() => t.fail('infinity came'), Infinity);
  await longPause(5);
  never.dispose();
});
