/** Steps of a daemonisation that take longer than the settle time: main has settled by then, and hands off all the same. */
import { test } from 'tap';
import { Scene, SECOND } from './support/scene.js';

/** A launcher has left an intermediate, which has made a session and takes its time. */
function slowIntermediate(): Scene {
  return new Scene()
    .launch(100)
    .fork(100, 101)
    .exit(100)
    .setsid(101)
    .wait(4 * SECOND);
}

test('an intermediate that takes four seconds hands off to what it forks then', (t) => {
  const scene = slowIntermediate().fork(101, 102).exit(101);
  t.equal(scene.main, 102);
  t.notOk(scene.over);
  t.end();
});

test('a further step may follow at once, and what comes of it may run a program of its own', (t) => {
  const scene = slowIntermediate();
  scene.together(() => scene.fork(101, 102).exit(101).fork(102, 103).exit(102).exec(103, '/sbin/server'));
  t.equal(scene.main, 103);
  t.end();
});

test('a helper of the further step is not taken for main silently, because the daemon has execed', (t) => {
  const scene = slowIntermediate();
  scene.together(() =>
    scene.fork(101, 102).exit(101).fork(102, 103).fork(102, 104).exit(102).exec(104, '/sbin/server'),
  );
  t.equal(scene.main, 104, 'the last one forked');
  scene.wait(SECOND);
  t.ok(
    scene.verdicts.some(({ verdict }) => verdict === 'ambiguous'),
    'and their sessions do not tell them apart',
  );
  t.end();
});

test('a settled main that leaves a program of its own has ended: that is a worker', (t) => {
  const scene = slowIntermediate();
  scene.together(() => scene.fork(101, 102).exec(102, '/sbin/worker').exit(101));
  t.ok(scene.over);
  t.end();
});

test('a settled main that leaves a worker from before, or two, has ended', (t) => {
  const early = new Scene().launch(100).fork(100, 101).exit(100).setsid(101).fork(101, 102);
  t.ok(early.wait(8 * SECOND).exit(101).over, 'one from before');
  const two = slowIntermediate().fork(101, 102).fork(101, 103).exit(101);
  t.ok(two.over, 'two');
  const failed = slowIntermediate();
  failed
    .fork(101, 102)
    .fork(102, 103)
    .exit(102, 1 << 8)
    .wait(SECOND);
  t.ok(failed.fork(101, 104).exit(101).over, 'one that a creator that failed has left');
  const forgotten = slowIntermediate();
  forgotten
    .fork(101, 102)
    .fork(102, 103)
    .exit(102, 1 << 8)
    .wait(20 * SECOND);
  t.ok(forgotten.fork(101, 104).exit(101).over, 'the same, with a creator that is long forgotten');
  t.end();
});
