import { test } from 'tap';
import {
  MAX_CORRECTION,
  Timetable,
  type SavedTimes,
  type Scheduled,
} from '../../../src/supervisor/schedule/timetable.js';

const at = (text: string): number => new Date(`2026-03-10T${text}`).getTime();
const HOUR = 60 * 60 * 1000;

type Schedules = Readonly<Record<string, string>>;

function scheduled(schedules: Schedules, isPersistent = false): ReadonlyMap<string, Scheduled> {
  return new Map(Object.entries(schedules).map(([name, schedule]) => [name, { schedule, isPersistent }]));
}

function timetable(schedules: Schedules, now: number): Timetable {
  const table = new Timetable();
  table.setSchedules(scheduled(schedules), now);
  return table;
}

/** The same with `schedule persistent`, with what the file said of a former foster. */
function persistent(
  schedules: Schedules,
  now: number,
  saved: Readonly<Record<string, SavedTimes>>,
): Timetable {
  const table = new Timetable();
  table.setSchedules(scheduled(schedules, true), now);
  table.restore(new Map(Object.entries(saved)), now);
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
  table.setSchedules(scheduled({ a: '30 * * * *', c: '40 * * * *' }), at('10:35:00'));
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

  for (const by of [MAX_CORRECTION + 1, -MAX_CORRECTION - 1]) {
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

const DAY = 24 * HOUR;
const NIGHTLY = '0 2 * * *';

test('a persistent schedule that was missed is due once, however often, and counts on from now', (t) => {
  const now = at('10:00:00');
  for (const days of [1, 30]) {
    const table = persistent({ backup: NIGHTLY }, now, {
      backup: { schedule: NIGHTLY, doneUntil: at('02:00:00') - days * DAY },
    });
    t.same(table.takeDue(now), ['backup'], `after ${days} days`);
    t.same(table.takeDue(now + 1), []);
    t.equal(table.next('backup'), at('02:00:00') + DAY);
    t.same([...table.saved], [['backup', { schedule: NIGHTLY, doneUntil: now }]]);
  }
  t.end();
});

test('a persistent schedule of which nothing was missed is not due, nor one that is new', (t) => {
  const now = at('10:00:00');
  const done = persistent({ backup: NIGHTLY }, now, {
    backup: { schedule: NIGHTLY, doneUntil: at('02:00:00') },
  });
  t.same(done.takeDue(now), []);
  const first = persistent({ backup: NIGHTLY }, now, {});
  t.same(first.takeDue(now), []);
  t.equal(first.saved.get('backup')?.doneUntil, now, 'what comes from now on is not to be missed');
  first.setSchedules(scheduled({ backup: NIGHTLY, late: NIGHTLY }, true), now);
  t.equal(first.saved.get('late')?.doneUntil, now);
  t.same(first.takeDue(now), []);
  t.end();
});

test('a schedule with other times than those that were saved has missed nothing that anybody knows of', (t) => {
  const now = at('10:00:00');
  const table = persistent({ backup: '0 3 * * *' }, now, {
    backup: { schedule: NIGHTLY, doneUntil: now - 5 * DAY },
  });
  t.same(table.takeDue(now), []);
  table.setSchedules(scheduled({ backup: '0 9 * * *' }, true), now);
  t.same(table.takeDue(now), [], 'nor one that is changed while foster runs');
  t.end();
});

test('without `persistent` nothing is made up for, and nothing saved', (t) => {
  const table = timetable({ backup: NIGHTLY }, at('10:00:00'));
  table.restore(new Map([['backup', { schedule: NIGHTLY, doneUntil: 0 }]]), at('10:00:00'));
  t.same(table.takeDue(at('10:00:00')), []);
  t.equal(table.saved.size, 0);
  t.end();
});

test('a start before the file was read has made up for what was missed', (t) => {
  const table = new Timetable();
  table.setSchedules(scheduled({ backup: NIGHTLY }, true), at('01:59:00'));
  t.same(table.takeDue(at('02:00:00')), ['backup']);
  table.restore(
    new Map([['backup', { schedule: NIGHTLY, doneUntil: at('02:00:00') - 9 * DAY }]]),
    at('02:00:30'),
  );
  t.same(table.takeDue(at('02:00:30')), []);
  t.equal(table.saved.get('backup')?.doneUntil, at('02:00:00'));
  t.end();
});

test('the clock goes backwards: what was done in the future says nothing of what is missed', (t) => {
  const saved = { backup: { schedule: NIGHTLY, doneUntil: at('02:00:00') } };
  const small = persistent({ backup: NIGHTLY }, at('01:30:00'), saved);
  t.same(small.takeDue(at('02:00:00')), [], 'half an hour back: two o’clock has been');
  t.equal(small.next('backup'), at('02:00:00') + DAY);
  const large = persistent({ backup: NIGHTLY }, at('02:00:00') - 40 * DAY, saved);
  t.same(large.takeDue(at('02:00:00') - 40 * DAY), []);
  t.ok(large.next('backup')! <= at('02:00:00') - 39 * DAY, 'it comes by the new time');
  t.end();
});

test('a machine without a clock begins in 1970: what was missed is due once it knows the time', (t) => {
  const now = at('10:00:00');
  const table = persistent({ backup: NIGHTLY }, 1000, {
    backup: { schedule: NIGHTLY, doneUntil: at('02:00:00') - 2 * DAY },
  });
  t.same(table.takeDue(1000), []);
  t.equal(table.saved.get('backup')?.doneUntil, at('02:00:00') - 2 * DAY, 'it is kept meanwhile');
  table.clockChanged(now - 1000, now);
  t.same(table.takeDue(now), ['backup']);
  t.same(table.takeDue(now + 1), []);
  t.end();
});
