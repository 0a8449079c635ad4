import { test } from 'tap';
import { SystemError } from '../../../src/kernel/system-error.js';
import { RunDirectoryError } from '../../../src/supervisor/state/run-directory.js';
import { UnsavedWork } from '../../../src/supervisor/state/unsaved-work.js';

const FULL = new SystemError('write', 28, 'ENOSPC', 'write /run/foster/begun', 'no space left on device');

/** Timers fire when the test says so. */
function rig() {
  const reports: string[] = [];
  const timers: { readonly fire: () => void; readonly after: number }[] = [];
  const unsaved = new UnsavedWork({
    path: '/run/foster',
    report: (level, text) => void reports.push(`${level}: ${text}`),
    setTimer: (fire, after) => {
      timers.push({ fire, after });
      // as real as the one that is cleared and unref'ed
      return setTimeout(() => undefined, 0);
    },
  });
  let fails: Error | undefined = FULL;
  const done: string[] = [];
  const attempt = (name: string, text = name): boolean =>
    unsaved.attempt(name, () => {
      if (fails !== undefined) throw fails;
      done.push(text);
    });
  return {
    unsaved,
    reports,
    timers,
    done,
    attempt,
    fire: () => timers.at(-1)!.fire(),
    failWith: (error: Error | undefined) => (fails = error),
  };
}

test('what can be done is done at once, and nothing ticks', (t) => {
  const { unsaved, attempt, failWith, done, reports, timers } = rig();
  failWith(undefined);
  t.equal(attempt('begun'), true);
  t.same([done, reports, timers], [['begun'], [], []]);
  t.equal(unsaved.isDone, true);
  t.end();
});

test('what fails is reported once, tried again after growing pauses, and then all is said to be saved', (t) => {
  const { unsaved, attempt, fire, failWith, done, reports, timers } = rig();
  t.equal(attempt('begun'), false);
  t.equal(attempt('launches'), false);
  t.equal(unsaved.isDone, false);
  t.match(reports, [/^error: \/run\/foster: .*no space left on device.*a crash of foster loses it$/]);
  for (let time = 0; time < 8; time += 1) fire();
  t.same(
    timers.map(({ after }) => after),
    [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000],
  );
  failWith(undefined);
  fire();
  t.same(done, ['begun', 'launches']);
  t.same(reports.slice(1), ['info: /run/foster: everything is saved again']);
  t.equal(unsaved.isDone, true);
  failWith(FULL);
  attempt('begun');
  t.equal(timers.at(-1)!.after, 500, 'the next trouble is a new one');
  t.equal(reports.length, 3);
  t.end();
});

test('work of the same name replaces what waits: only the newest state is written', (t) => {
  const { unsaved, attempt, failWith, done } = rig();
  attempt('job a', 'old');
  attempt('job a', 'new');
  failWith(undefined);
  unsaved.retry();
  t.same(done, ['new']);
  t.end();
});

test('one success says that nothing waits only when nothing does', (t) => {
  const { unsaved, attempt, failWith, reports } = rig();
  attempt('one');
  failWith(undefined);
  attempt('another');
  t.equal(unsaved.isDone, false);
  t.equal(reports.length, 1);
  attempt('one');
  t.equal(unsaved.isDone, true);
  t.match(reports[1], /everything is saved again/);
  t.end();
});

test('something that is missing may be made again: it is looked at without waiting for the timer', async (t) => {
  const { unsaved, attempt, done, failWith } = rig();
  const looked = new Promise<void>((resolve) => {
    unsaved.onTimer(() => {
      failWith(undefined);
      unsaved.retry();
      resolve();
    });
  });
  attempt('begun');
  await looked;
  t.same(done, ['begun']);
});

test('a run directory that is refused waits, too; any other error is a fault of foster', (t) => {
  const { attempt, failWith, reports } = rig();
  failWith(new RunDirectoryError('/run/foster belongs to uid 1000, not to 0'));
  t.equal(attempt('run directory'), false);
  t.match(reports[0], /belongs to uid 1000/);
  failWith(new TypeError('a fault'));
  t.throws(() => attempt('begun'), { message: 'a fault' });
  // what waits is looked at once more, when the test is over
  failWith(undefined);
  t.end();
});

test('at the end everything is tried for the last time', (t) => {
  const { unsaved, attempt, failWith, done, timers } = rig();
  attempt('begun');
  failWith(undefined);
  unsaved.close();
  t.same(done, ['begun']);
  failWith(FULL);
  attempt('launches');
  t.equal(timers.length, 1, 'nothing ticks afterwards');
  t.end();
});
