import { test } from 'tap';
import { TimeOfDay } from '../../../src/supervisor/status/time-of-day.js';

test('a moment has the same text whenever it is asked for', (t) => {
  let [monotonic, realtime] = [5000.25, 1_000_005_000];
  const times = new TimeOfDay(
    () => monotonic,
    () => realtime,
  );
  const text = times.of(4000);
  t.equal(text, '1970-01-12T13:46:43.999Z');
  for (const [later, drift] of [
    [100.7, 0],
    [250.1, 1],
    [999.9, -3],
  ] as const) {
    monotonic = 5000.25 + later;
    realtime = 1_000_005_000 + Math.floor(later) + drift;
    t.equal(times.of(4000), text, `${later} ms later`);
  }
  t.end();
});

test('when somebody has set the clock, the time of day is that of the new clock', (t) => {
  let realtime = 1_000_000_000;
  const times = new TimeOfDay(
    () => 1000,
    () => realtime,
  );
  t.equal(times.of(1000), '1970-01-12T13:46:40.000Z');
  realtime += 3_600_000;
  t.equal(times.of(1000), '1970-01-12T14:46:40.000Z');
  t.end();
});

test('a program that replaces another one shows a moment as the same time', (t) => {
  const [before, after] = [1_000_000_000.25, 1_000_000_003.75].map(
    (realtime) =>
      new TimeOfDay(
        () => 1000,
        () => realtime,
      ),
  );
  const text = before!.of(900);
  t.not(after!.of(900), text, 'the clocks are not read in the same instant');
  after!.restore(before!.offset);
  t.equal(after!.of(900), text);
  t.end();
});
