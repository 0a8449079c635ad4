import { test } from 'tap';
import { ClockTimer } from '../../src/kernel/clock-timer.js';
import { EventLoop } from '../../src/kernel/event-loop.js';

test('a timer on the time of day fires when its time has come, and at once for the past', async (t) => {
  let fired: () => void = () => undefined;
  const timer = new ClockTimer(new EventLoop(), () => fired());
  t.teardown(() => timer.close());
  // the timer does not keep the program running by itself
  const alive = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(alive));
  for (const at of [Date.now() + 30, Date.now() - 86_400_000]) {
    await new Promise<void>((resolve) => {
      fired = resolve;
      timer.set(at);
    });
    t.ok(Date.now() >= at);
  }
});
