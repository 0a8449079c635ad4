import { test } from 'tap';
import { ReportLane } from '../../../src/supervisor/engine/report-lane.js';

/** A lane, and what it has delivered. */
function rig() {
  const lane = new ReportLane();
  const delivered: string[] = [];
  const add = (text: string): void => lane.add(() => void delivered.push(text));
  return { lane, delivered, add };
}

test('outside a turn a report is delivered at once', (t) => {
  const { delivered, add } = rig();
  add('one');
  t.same(delivered, ['one']);
  t.end();
});

test('in a turn reports wait until everything has been done, nested turns included', (t) => {
  const { lane, delivered, add } = rig();
  lane.turn(() => {
    add('one');
    lane.turn(() => add('two'));
    t.same(delivered, []);
    lane.flush();
    t.same(delivered, [], 'not even asked for them');
  });
  t.same(delivered, ['one', 'two']);
  t.end();
});

test('after the start of a program they wait for a moment, and whoever asks has them at once', (t) => {
  const { lane, delivered, add } = rig();
  lane.turn(() => {
    add('one');
    lane.programStarted();
  });
  add('two');
  lane.turn(() => add('three'));
  t.same(delivered, [], 'later ones wait behind them');
  lane.flush();
  t.same(delivered, ['one', 'two', 'three']);
  lane.turn(() => add('four'));
  t.same(delivered.at(-1), 'four', 'that was for this once');
  t.end();
});

test('they come by themselves', async (t) => {
  const { lane, add } = rig();
  await new Promise<void>((resolve) => {
    lane.turn(() => {
      add('one');
      lane.add(resolve);
      lane.programStarted();
    });
  });
  t.pass();
});

test('they do not wait when somebody waits for one of them', (t) => {
  const { lane, delivered, add } = rig();
  lane.turn(() => {
    lane.programStarted();
    lane.expedite();
    add('reply');
  });
  t.same(delivered, ['reply']);
  t.end();
});

test('what follows from a report is done at once and reported after those that wait', (t) => {
  const { lane, delivered, add } = rig();
  lane.turn(() => {
    lane.add(() => {
      delivered.push('one');
      lane.turn(() => add('three'));
      add('one, too');
    });
    add('two');
  });
  t.same(delivered, ['one', 'one, too', 'two', 'three']);
  t.end();
});

test('a report says when it happened, not when it is delivered', (t) => {
  const lane = new ReportLane();
  const before = Date.now();
  let at = 0;
  lane.turn(() => {
    lane.add(() => (at = lane.timeOfDay()));
    lane.programStarted();
  });
  const after = Date.now();
  while (Date.now() <= after + 1);
  lane.flush();
  t.ok(at >= before && at <= after);
  t.ok(lane.timeOfDay() > after);
  t.end();
});

test('an error in a turn or in a report loses none of the others', (t) => {
  const { lane, delivered, add } = rig();
  const fail = (): void => {
    throw new Error('a fault');
  };
  t.throws(
    () =>
      lane.turn(() => {
        add('one');
        fail();
      }),
    /a fault/,
  );
  lane.flush();
  t.same(delivered, ['one']);
  t.throws(
    () =>
      lane.turn(() => {
        lane.add(fail);
        add('two');
      }),
    /a fault/,
  );
  lane.flush();
  t.same(delivered, ['one', 'two']);
  t.end();
});
