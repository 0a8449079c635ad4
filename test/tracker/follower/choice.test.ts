/** Who of several takes over, and for how long the choice is looked at again (DESIGN section 4, "Follower", 3). */
import { test } from 'tap';
import { exited, MILLISECOND, Scene, SECOND } from '../support/scene.js';

const ambiguous = (scene: Scene): string[] => scene.said.filter((said) => said.startsWith('ambiguous'));

/** A daemon whose launcher has gone: main is 101, in its own session. */
function daemon(argv: readonly string[] = ['/sbin/daemon']): Scene {
  return new Scene().launch(100, argv).fork(100, 101).setsid(101).exit(100);
}

/** An intermediate that has outlived the launcher: 101 is main, in its own session, and not yet the daemon. */
const intermediate = daemon;

test('launching: a helper that still lives does not take over from one that left the launcher’s session', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .fork(100, 102)
    .exit(100)
    .wait(10 * SECOND);
  t.equal(scene.main, 101);
  t.same(ambiguous(scene), []);
  t.end();
});

test('launching: of two that left, the leader of a session, or who is in one without leader, takes precedence', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).fork(101, 102).exit(101);
  // 104 is in the session of 103, which does not live in vain
  scene.fork(100, 103).setsid(103).fork(103, 104);
  scene.together(() => scene.fork(104, 105).exit(104).exit(100));
  t.equal(scene.main, 103, 'forked last, as good as 102 by its session');
  t.end();
});

test('launching: equal by their sessions, the one that the launcher forked last takes over', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).setsid(101).setsid(102).exit(100);
  t.equal(scene.main, 102);
  t.end();
});

test('a tie is reported once, when it has stood for a while', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).setsid(101).setsid(102).exit(100);
  scene.wait(400 * MILLISECOND);
  t.same(ambiguous(scene), []);
  scene.wait(200 * MILLISECOND);
  t.same(ambiguous(scene), ['ambiguous 102 102,101']);
  scene
    .fork(102, 103)
    .setsid(103)
    .exit(103)
    .wait(10 * SECOND);
  t.equal(ambiguous(scene).length, 1);
  t.end();
});

test('a tie that comes about while settling is reported too', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).setsid(102).exit(100).wait(SECOND);
  t.same(ambiguous(scene), []);
  scene.setsid(101).wait(10 * SECOND);
  t.same(ambiguous(scene), ['ambiguous 102 102,101']);
  t.end();
});

test('a tie that comes about just before main has settled is reported then', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).setsid(102).exit(100);
  scene
    .wait(2900 * MILLISECOND)
    .setsid(101)
    .wait(200 * MILLISECOND);
  t.same(ambiguous(scene), ['ambiguous 102 102,101']);
  t.end();
});

test('a tie that dissolves in time is not reported', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).exit(100);
  t.equal(scene.main, 102, 'forked last');
  scene.setsid(102).wait(10 * SECOND);
  t.equal(scene.main, 102);
  t.same(ambiguous(scene), []);
  t.end();
});

test('the choice is looked at again at a setsid: the daemon often calls it only after the launcher has gone', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).exit(100);
  scene
    .wait(5 * MILLISECOND)
    .setsid(101)
    .wait(10 * SECOND);
  t.same(scene.said.slice(1), ['hand-off 100 102', 'main 102', 'hand-off 102 101', 'main 101']);
  t.end();
});

test('the choice is looked at again at an exit: a helper that ends leaves the other', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).exit(100);
  scene
    .wait(50 * MILLISECOND)
    .exit(101)
    .wait(10 * SECOND);
  t.equal(scene.main, 102);
  t.same(ambiguous(scene), []);
  t.end();
});

test('a helper that was taken for main and ends makes way for the others', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).exit(100);
  t.equal(scene.main, 102);
  t.equal(
    scene
      .wait(50 * MILLISECOND)
      .exit(102)
      .wait(10 * SECOND).main,
    101,
  );
  t.notOk(scene.over);
  t.end();
});

test('a helper that was taken for main makes way for the daemon, which may be a generation further by then', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).exit(100);
  t.equal(scene.main, 102);
  scene.wait(5 * MILLISECOND).together(() => scene.setsid(101).fork(101, 103).exit(101).exit(102));
  t.equal(scene.main, 103);
  t.end();
});

test('a daemon that is found when the choice is looked at again took over only when its creator ended', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .fork(100, 102)
    .exit(100)
    .wait(2 * SECOND);
  scene.fork(101, 103).exit(101).setsid(103);
  t.equal(scene.main, 103);
  t.equal(scene.fork(103, 104).fork(103, 105).exit(105).exit(103).main, 104, 'it hands off at once');
  t.end();
});

test('a helper that was taken for main and fails is a death, unless the daemon had shown itself by then', (t) => {
  const launched = (): Scene => new Scene().launch(100).fork(100, 101).fork(100, 102).exit(100);
  t.equal(launched().exit(102, exited(1)).setsid(101).said.at(-1), `died 102 ${exited(1)}`);
  t.equal(launched().setsid(101).exit(102, exited(1)).main, 101);
  const together = launched();
  together.together(() => together.setsid(101).exit(102, exited(1)));
  t.equal(together.wait(10 * SECOND).main, 101, 'observed together or not');
  t.notOk(together.over);
  const further = launched();
  further.together(() => further.setsid(101).exit(102, exited(1)).fork(101, 103).exit(101));
  t.equal(further.wait(10 * SECOND).main, 103, 'a generation further or not');
  t.end();
});

test('a main that is better placed than the helpers beside it fails, and none of them covers it up', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .fork(100, 102)
    .exit(100)
    .exit(101, exited(1));
  t.ok(scene.over);
  t.end();
});

test('while one of several is dead for /proc, and its exit event is to come, the choice stays open', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).exit(100);
  t.equal(scene.main, 102);
  scene
    .vanish(101)
    .setsid(101)
    .fork(101, 103)
    .exit(101)
    .wait(10 * SECOND);
  t.equal(scene.main, 103);
  t.end();
});

test('an exit event that never comes does not keep a choice open for ever', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .fork(100, 102)
    .exit(100)
    .vanish(101)
    .wait(10 * SECOND);
  t.equal(scene.main, 102);
  t.same(ambiguous(scene), []);
  t.equal(scene.tracker.deadline(), undefined);
  t.end();
});

test('the choice is not looked at again once main has settled', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .fork(100, 102)
    .exit(100)
    .wait(4 * SECOND);
  t.equal(scene.setsid(101).main, 102);
  t.end();
});

test('settling: workers do not become candidates when a choice is looked at again', (t) => {
  const scene = daemon(['nginx'])
    .fork(101, 102)
    .wait(2 * SECOND)
    .fork(101, 103)
    .exec(103, 'nginx');
  scene
    .fork(101, 104)
    .exec(104, 'nginx')
    .exit(101)
    .wait(MILLISECOND)
    .exit(103)
    .wait(10 * SECOND);
  t.equal(scene.main, 104);
  t.same(ambiguous(scene), []);
  t.end();
});

test('settling: a helper from before the intermediate left the launcher’s session is still in it', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).exit(100).fork(101, 102).setsid(101).fork(101, 103);
  scene.exit(101).wait(10 * SECOND);
  t.equal(scene.main, 103);
  t.same(ambiguous(scene), []);
  t.end();
});

test('settling: a daemon in the session of its dead intermediate, and a helper in its own, are a tie', (t) => {
  const scene = intermediate()
    .fork(101, 102)
    .setsid(102)
    .fork(101, 103)
    .exit(101)
    .wait(10 * SECOND);
  t.same(ambiguous(scene), ['ambiguous 103 103,102']);
  t.end();
});

test('launching again: what counts is to leave the session of the main that exec’d itself', (t) => {
  const scene = daemon(['sshd'])
    .wait(60 * SECOND)
    .exec(101, 'sshd')
    .fork(101, 102)
    .setsid(102)
    .fork(101, 103);
  scene.exit(101).wait(10 * SECOND);
  t.equal(scene.main, 102);
  t.same(ambiguous(scene), []);
  t.end();
});

test('two upgrades at once are a tie', (t) => {
  const scene = daemon(['nginx']).wait(60 * SECOND);
  scene.fork(101, 102).exec(102, 'nginx').fork(101, 103).exec(103, 'nginx').exit(101).wait(SECOND);
  t.same(ambiguous(scene), ['ambiguous 103 103,102']);
  t.end();
});

test('a choice whose grounds vanish is left as it is, and its deadline passes', (t) => {
  const scene = daemon(['nginx']).wait(60 * SECOND);
  scene.fork(101, 102).exec(102, 'nginx').fork(101, 103).exec(103, 'nginx').exit(101).exec(103, 'other');
  scene.wait(10 * SECOND);
  t.equal(scene.main, 103);
  t.end();
});
