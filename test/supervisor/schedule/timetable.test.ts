import { test } from 'tap';
import { LARGEST_CORRECTION, Timetable } from '../../../src/supervisor/schedule/timetable.js';

const at = (text: string): number => new Date(`2026-03-10T${text}`).getTime();
const HOUR = 60 * 60 * 1000;

function timetable(schedules: Readonly<Record<string, string>>, now: number): Timetable {
  const table = new Timetable();
  table.follow(new Map(Object.entries(schedules)), now);
  return table;
}

test('the earliest of all times counts, and each job is due at its own', (t) => {
  const table = timetable({ hourly: '@hourly', quarter: '*/15 * * * *' }, at('10:20:00'));
  t.equal(table.earliest, at('10:30:00'));
  t.same(table.takeDue(at('10:29:59')), []);
  t.same(table.takeDue(at('10:30:00')), ['quarter']);
  t.equal(table.next('quarter'), at('10:45:00'));
  t.same(table.takeDue(at('11:00:00')), ['hourly', 'quarter']);
  t.end();
});

test('a job whose times have passed several times is due once', (t) => {
  const table = timetable({ often: '* * * * *' }, at('10:00:30'));
  t.same(table.takeDue(at('10:30:30')), ['often']);
  t.same(table.takeDue(at('10:30:31')), []);
  t.equal(table.next('often'), at('10:31:00'));
  t.end();
});

test('a schedule that has not changed keeps its time, a new one counts from now, one that is gone is forgotten', (t) => {
  const table = timetable({ a: '30 * * * *', b: '@hourly' }, at('10:20:00'));
  table.follow(
    new Map([
      ['a', '30 * * * *'],
      ['c', '40 * * * *'],
    ]),
    at('10:35:00'),
  );
  t.equal(table.next('a'), at('10:30:00'), 'it is due, although the files were read later');
  t.equal(table.next('b'), undefined);
  t.equal(table.next('c'), at('10:40:00'));
  t.end();
});

test('a small change of the clock leaves nothing out and repeats nothing, a large one only makes another time', (t) => {
  const forward = timetable({ a: '30 * * * *' }, at('10:00:00'));
  forward.clockChanged(2 * HOUR, at('12:45:00'));
  t.same(forward.takeDue(at('12:45:00')), ['a'], 'one start for all that were left out');

  const back = timetable({ a: '30 * * * *' }, at('10:00:00'));
  back.takeDue(at('10:30:00'));
  back.clockChanged(-HOUR, at('09:31:00'));
  t.same(back.takeDue(at('10:30:30')), [], 'half past ten has been');
  t.equal(back.earliest, at('11:30:00'));

  for (const by of [LARGEST_CORRECTION + 1, -LARGEST_CORRECTION - 1]) {
    const table = timetable({ a: '30 * * * *' }, at('10:00:00'));
    const now = at('10:00:00') + by;
    table.clockChanged(by, now);
    t.same(table.takeDue(now), []);
    t.ok(table.earliest! > now && table.earliest! <= now + HOUR);
  }
  t.end();
});

test('a day that never comes is no time to wait for', (t) => {
  const table = timetable({ never: '0 0 30 2 *' }, at('10:00:00'));
  t.equal(table.earliest, undefined);
  t.end();
});
