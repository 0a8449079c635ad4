/** A look at /proc, and events that were queued while it lasted: perf's, of a program that it loses at its exec. */
import { test } from 'tap';
import type { ProcessEvent } from '../../../src/tracker/events.js';
import type { Follower } from '../../../src/tracker/model.js';
import { reconcile } from '../../../src/tracker/scan/reconcile.js';
import { TICK } from '../../../src/tracker/scan/snapshot.js';
import { Tracker } from '../../../src/tracker/tracker.js';
import { MILLISECOND, SUPERVISOR } from '../support/scene.js';

const JOB = 'agent\0';
const LAUNCHER = 100;
const CHILD = 101;
const LAUNCHED = 1000 * TICK;
/** in the middle of a tick, in which everything happens */
const LOOK = LAUNCHED + 1.5 * TICK;

/** Of a look that lasts 3 ms and finds a child, then these events, then an end of the launcher with status 0. */
function follow(session: number, events: readonly ProcessEvent[]): Follower {
  const tracker = new Tracker(SUPERVISOR, { isAlive: () => true, sessionOf: () => undefined });
  tracker.launch(JOB, LAUNCHER, LAUNCHED, LAUNCHED, ['sh', 'start']);
  const common = { comm: 'agent', dead: false, stackStart: undefined, status: undefined };
  const [launched, forked] = [LAUNCHED, LAUNCHED + TICK].map((started) => ({
    ...common,
    started,
    startTime: started / TICK,
  }));
  const nothing = (): undefined => undefined;
  const snapshot = {
    processes: new Map([
      [LAUNCHER, { ...launched!, pid: LAUNCHER, parent: SUPERVISOR, session: LAUNCHER }],
      [CHILD, { ...forked!, pid: CHILD, parent: LAUNCHER, session }],
    ]),
    ...{ beganAt: LOOK, completeAt: LOOK + 3 * MILLISECOND },
    ...{ argv: nothing, executable: nothing, environment: nothing, mark: nothing },
  };
  const view = {
    ...{ lineage: tracker.lineage, self: SUPERVISOR, marks: tracker.marks, former: undefined },
    jobOf: () => JOB,
    isOther: () => false,
  };
  tracker.observe(reconcile(view, snapshot).events, snapshot.completeAt);
  tracker.observe(events, snapshot.completeAt);
  const end = LOOK + 5 * MILLISECOND;
  tracker.reaped(LAUNCHER, 0, end);
  tracker.decide(end);
  return tracker.follower(JOB)!;
}

test('what a program forks while /proc is read comes after its exec, whose event is still queued', (t) => {
  const time = LOOK + 0.1 * MILLISECOND;
  const { main } = follow(CHILD, [{ type: 'exec', time, pid: LAUNCHER, argv: ['ssh-agent'] }]);
  t.equal(main.pid, CHILD, 'so it takes over');
  t.same(main.image.argv, ['ssh-agent'], 'and runs the program of its creator');
  t.end();
});

test('the event of a fork tells that a script has forked it before its exec, although /proc puts it in the same tick', (t) => {
  const time = LOOK + 0.1 * MILLISECOND;
  const { main, over } = follow(LAUNCHER, [
    { type: 'fork', time, parent: LAUNCHER, child: CHILD },
    { type: 'exec', time: time + 0.1 * MILLISECOND, pid: LAUNCHER, argv: ['server'] },
  ]);
  t.equal(main.pid, LAUNCHER, 'so the helper does not take over');
  t.ok(over);
  t.end();
});
