import { test } from 'tap';
import { parseSince } from '../../src/cli/since.js';

const now = new Date(2026, 0, 2, 12, 0, 0).getTime();

test('how long ago, in seconds, minutes, hours and days', (t) => {
  t.equal(parseSince('10s', now), now - 10_000);
  t.equal(parseSince('1.5min', now), now - 90_000);
  t.equal(parseSince('5m', now), now - 300_000);
  t.equal(parseSince('2h', now), now - 7_200_000);
  t.equal(parseSince('1 d', now), now - 86_400_000);
  t.end();
});

test('a time of day is the latest that has been', (t) => {
  t.equal(parseSince('11:30', now), new Date(2026, 0, 2, 11, 30).getTime());
  t.equal(parseSince('12:30:05', now), new Date(2026, 0, 1, 12, 30, 5).getTime());
  t.end();
});

test('a date and time', (t) => {
  t.equal(parseSince('2026-01-01T00:00:00Z', now), Date.parse('2026-01-01T00:00:00Z'));
  t.equal(parseSince('2026-01-01 10:00', now), new Date(2026, 0, 1, 10, 0).getTime());
  t.end();
});

test('anything else is none', (t) => {
  for (const text of ['', 'yesterday', '5', '-5s', '25:00', '12:60', '2026-13-01', '1e3']) {
    t.equal(parseSince(text, now), undefined, text);
  }
  t.end();
});
