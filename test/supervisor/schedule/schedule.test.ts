import { test, type Test } from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import type { CommandOutcome } from '../../../src/supervisor/core/contract.js';
import { Schedule } from '../../../src/supervisor/schedule/schedule.js';
import type { SavedTimes } from '../../../src/supervisor/schedule/timetable.js';

const at = (text: string): number => new Date(`2026-03-10T${text}`).getTime();

function classOf(name: string, schedule: string): JobClass {
  const checked = checkText(`exec true\n${schedule}`, name, 'conf');
  if (!checked.ok) throw new Error(checked.errors[0].message);
  return checked.class;
}

/** A day with a clock that the test sets. */
class Day {
  readonly started: string[] = [];
  readonly said: string[] = [];
  /** what every alarm was set to, undefined once it is closed */
  alarm: number | undefined;
  alarms = 0;
  /** what outlives foster */
  file: ReadonlyMap<string, SavedTimes> = new Map();
  outcome: CommandOutcome = { ok: true, job: undefined };
  readonly schedule: Schedule;
  #fired: () => void = () => undefined;
  #wall: number;
  #monotonic = 5000;

  constructor(t: Test, begins: string) {
    this.#wall = at(begins);
    this.schedule = new Schedule({
      timeOfDay: () => this.#wall,
      monotonic: () => this.#monotonic,
      makeAlarm: (fired) => {
        this.#fired = fired;
        this.alarms += 1;
        return { set: (time) => (this.alarm = time), close: () => (this.alarm = undefined) };
      },
      start: (name) => {
        this.started.push(name);
        return Promise.resolve(this.outcome);
      },
      saved: { read: () => this.file, write: (jobs) => void (this.file = jobs) },
      report: (level, text) => this.said.push(`${level}: ${text}`),
    });
    t.teardown(() => this.schedule.close());
  }

  /** Time passes until the alarm. */
  async goOn(): Promise<void> {
    const until = Math.max(this.alarm!, this.#wall);
    this.#monotonic += until - this.#wall;
    this.#wall = until;
    this.#fired();
    await Promise.resolve();
  }

  setClock(time: string): void {
    this.#wall = at(time);
    this.#fired();
  }
}

test('one alarm serves all jobs, and there is none without a schedule', async (t) => {
  const day = new Day(t, '10:20:00');
  day.schedule.start();
  day.schedule.setClasses([classOf('plain', '')]);
  t.equal(day.alarms, 0);
  day.schedule.setClasses([classOf('hourly', 'schedule @hourly'), classOf('half', 'schedule 30 * * * *')]);
  t.equal(day.alarm, at('10:30:00'));
  t.equal(day.schedule.next('hourly'), at('11:00:00'));
  await day.goOn();
  await day.goOn();
  t.same(day.started, ['half', 'hourly']);
  t.equal(day.alarms, 1);
  day.schedule.setClasses([]);
  t.equal(day.alarm, undefined);
});

test('a start that is refused is left out, with the reason in the log', async (t) => {
  const day = new Day(t, '10:20:00');
  day.schedule.start();
  day.schedule.setClasses([classOf('slow', 'schedule 30 * * * *')]);
  day.outcome = { ok: false, error: 'already-running', message: 'Job is already running: slow' };
  await day.goOn();
  t.match(
    day.said.at(-1),
    /^warn: slow was to be started by its schedule, .*: it still runs since an earlier start$/,
  );
  t.equal(day.alarm, at('11:30:00'), 'the next time is not lost');
});

test('nothing is started before the beginning and after the end', (t) => {
  const day = new Day(t, '10:20:00');
  day.schedule.setClasses([classOf('a', 'schedule @hourly')]);
  t.equal(day.alarms, 0);
  t.equal(day.schedule.next('a'), at('11:00:00'), 'but it is known when it would be');
  day.schedule.start();
  t.equal(day.alarm, at('11:00:00'));
  day.schedule.close();
  t.equal(day.alarm, undefined);
  t.end();
});

test('when the clock is set, the alarm is set anew', (t) => {
  const day = new Day(t, '10:20:00');
  day.schedule.start();
  day.schedule.setClasses([classOf('a', 'schedule 30 * * * *')]);
  day.setClock('20:00:00');
  t.same(day.started, [], 'ten hours are not made up for');
  t.equal(day.alarm, at('20:30:00'));
  day.setClock('20:45:00');
  t.same(day.started, ['a'], 'a quarter of an hour is');
  t.end();
});

test('missed times are made up for once the machine is up, and the next foster knows', async (t) => {
  const NIGHTLY = 'schedule 0 2 * * *\nschedule persistent';
  const missed = new Map([['backup', { schedule: '0 2 * * *', doneUntil: at('02:00:00') - 86_400_000 * 3 }]]);
  const day = new Day(t, '10:20:00');
  day.file = missed;
  day.schedule.start();
  day.schedule.setClasses([classOf('backup', NIGHTLY)]);
  t.equal(day.alarm, at('02:00:00') + 86_400_000, 'not before the machine is up');
  t.equal(day.file, missed, 'and nothing is overwritten');
  day.schedule.catchUp();
  await day.goOn();
  t.same(day.started, ['backup']);
  t.equal(day.file.get('backup')?.doneUntil, at('10:20:00'));
  day.schedule.catchUp();
  day.schedule.close();
  const next = new Day(t, '12:00:00');
  next.file = day.file;
  next.schedule.setClasses([classOf('backup', NIGHTLY)]);
  next.schedule.start();
  next.schedule.catchUp();
  t.equal(next.alarm, at('02:00:00') + 86_400_000);
});
