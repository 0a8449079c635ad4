/** Main has ended, and nobody knows how: foster was not running. What it has left tells, or nothing does. */
import { test } from 'tap';
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { JOB, MILLISECOND, Scene, SECOND } from '../support/scene.js';

/** Main is found to have ended. It was last known to live so long before the last act of the scene. */
function foundEnded(scene: Scene, pid: number, lastSeen: Nanoseconds): Scene {
  scene.tracker.foundEnded([pid], scene.now, lastSeen);
  return scene.wait(SECOND);
}

test('a launcher that was seen last on its way up has handed off to what left its session', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).fork(101, 102).exit(101);
  foundEnded(scene, 100, scene.now - 10 * MILLISECOND);
  t.same(scene.said.slice(-2), ['hand-off 100 102', 'main 102']);
  t.end();
});

test('a helper in the session of a dead main is never main', (t) => {
  const scene = new Scene().launch(100).fork(100, 101);
  foundEnded(scene, 100, scene.now);
  t.equal(scene.said.at(-1), 'died 100 undefined');
  t.match(scene.verdicts.at(-1), { unseen: true });
  t.end();
});

test('unless the class promises a hand-off: then whoever outlives the launcher is what was promised', (t) => {
  const scene = new Scene().launch(100);
  scene.tracker.expectHandOff(JOB);
  scene.fork(100, 101).wait(30 * SECOND);
  foundEnded(scene, 100, scene.now - 20 * SECOND);
  t.equal(scene.main, 101);
  t.end();
});

test('once it has happened, the promise says nothing of a helper', (t) => {
  const scene = new Scene().launch(100);
  scene.tracker.expectHandOff(JOB);
  scene.fork(100, 101).setsid(101).exit(100).fork(101, 102).wait(SECOND);
  foundEnded(scene, 101, scene.now);
  t.equal(scene.said.at(-1), 'died 101 undefined');
  t.end();
});

test('an intermediate that had just taken over has handed off', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).exit(100);
  const lastSeen = scene.now + 10 * MILLISECOND;
  scene.wait(SECOND).fork(101, 102);
  foundEnded(scene, 101, lastSeen);
  t.equal(scene.main, 102);
  t.end();
});

test('what a main that stayed up had put into sessions of their own are helpers', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .wait(2 * SECOND);
  foundEnded(scene, 100, scene.now);
  t.equal(scene.said.at(-1), 'died 100 undefined');
  t.notOk('unclear' in scene.verdicts.at(-1)!);
  t.end();
});

test('what it has put there since may be its daemon, or not: that is reported', (t) => {
  const scene = new Scene().launch(100).wait(2 * SECOND);
  const lastSeen = scene.now;
  scene.fork(100, 101).setsid(101);
  foundEnded(scene, 100, lastSeen);
  t.match(scene.verdicts.at(-1), { verdict: 'died', unclear: [101] });
  t.end();
});

test('long after the start it is a login or a command', (t) => {
  const scene = new Scene().launch(100).wait(200 * SECOND);
  const lastSeen = scene.now;
  scene.fork(100, 101).setsid(101);
  foundEnded(scene, 100, lastSeen);
  t.notOk('unclear' in scene.verdicts.at(-1)!);
  t.end();
});

test('the program of main, started anew in a session of its own, is main', (t) => {
  const scene = new Scene().launch(100, ['/sbin/daemon', '-f']).wait(60 * SECOND);
  const lastSeen = scene.now;
  scene.fork(100, 101).setsid(101).exec(101, '/sbin/daemon', '-f');
  foundEnded(scene, 100, lastSeen);
  t.equal(scene.main, 101);
  t.end();
});

test('what bears the mark of the job as another user may be the daemon, while there may be one', (t) => {
  for (const stayed of [0, 2 * SECOND]) {
    const scene = new Scene().launch(100).wait(stayed);
    scene.tracker.foundUnclear(scene.process(100), [555]);
    foundEnded(scene, 100, scene.now);
    const unclear = stayed === 0 ? [555] : undefined;
    t.same((scene.verdicts.at(-1) as { unclear?: readonly number[] }).unclear, unclear);
  }
  t.end();
});

test('an end that was asked for is an end', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).stopAsked();
  foundEnded(scene, 100, scene.now);
  t.equal(scene.said.at(-1), 'ended 100 undefined');
  t.end();
});

test('a slow daemon whose launcher ended before our eyes is main, though the kernel does not say how', (t) => {
  const scene = new Scene()
    .launch(100)
    .wait(4 * SECOND)
    .fork(100, 101)
    .setsid(101)
    .exitWithoutStatus(100);
  scene.wait(SECOND);
  t.equal(scene.main, 101);
  t.end();
});
