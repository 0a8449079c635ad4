/** Who may take over when main has ended (DESIGN section 4, "Follower", 2). Who of several does is in choice.test.ts. */
import { test } from 'tap';
import { exited, MILLISECOND, Scene, SECOND } from '../support/scene.js';

const ambiguous = (scene: Scene): string[] => scene.said.filter((said) => said.startsWith('ambiguous'));

/** A daemon whose launcher has gone: main is 101, in its own session. */
function daemon(argv: readonly string[] = ['/sbin/daemon']): Scene {
  return new Scene().launch(100, argv).fork(100, 101).setsid(101).exit(100);
}

/** An intermediate that has outlived the launcher: 101 is main, in its own session, and not yet the daemon. */
const intermediate = daemon;

test('a daemon that exec’d itself before it was its turn is not launching', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).exit(100);
  scene.fork(101, 103).exec(103, '/sbin/daemon').setsid(103).wait(MILLISECOND).exit(101).fork(103, 104);
  t.equal(scene.main, 103);
  t.equal(
    scene
      .wait(10 * SECOND)
      .exit(103)
      .said.at(-1),
    'ended 103 0',
    'its worker does not take over',
  );
  t.end();
});

test('settling: the second fork takes over, in the session of the intermediate', (t) => {
  t.equal(intermediate().fork(101, 102).exit(101).main, 102);
  t.end();
});

test('settling: a daemon that leaves its session just after the intermediate’s end was in it until then', (t) => {
  const scene = intermediate().wait(2 * SECOND);
  scene.together(() => scene.fork(101, 102).exit(101).setsid(102));
  t.equal(scene.main, 102);
  t.end();
});

test('launching: what an intermediate forked before its exec does not take over, whether or not that was seen in time', (t) => {
  const scene = new Scene().launch(100);
  const acts = [
    () => scene.fork(100, 101).exit(100).fork(101, 102).setsid(102),
    () => scene.exec(101, '/sbin/daemon').fork(101, 103).setsid(103).exit(101),
  ];
  scene.together(() => acts.forEach((act) => act()));
  t.equal(scene.wait(10 * SECOND).main, 103);
  t.same(ambiguous(scene), []);
  t.end();
});

test('settling: an intermediate may take its time, if it has forked nobody else', (t) => {
  t.equal(
    intermediate()
      .wait(2 * SECOND)
      .fork(101, 102)
      .exit(101).main,
    102,
  );
  t.end();
});

test('settling: an intermediate may run helpers first, if what it leaves was forked just before it ended', (t) => {
  const scene = intermediate().fork(101, 102).wait(SECOND).exit(102).wait(SECOND).fork(101, 103);
  t.equal(scene.wait(100 * MILLISECOND).exit(101).main, 103);
  const main = intermediate().fork(101, 102).wait(SECOND).exit(102).fork(101, 103).wait(SECOND);
  t.equal(main.exit(101).said.at(-1), 'ended 101 0', 'a worker is older');
  t.end();
});

test('settling: a worker that ends just after main counts among those that main left', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).exit(100).fork(101, 102).wait(SECOND);
  scene.together(() => scene.fork(101, 103).setsid(103).exit(101).exit(102)).wait(10 * SECOND);
  t.notOk(scene.said.includes('main 103'), 'a login, not a daemon');
  t.end();
});

test('settling: whether the second fork takes over is not a matter of what becomes of it', (t) => {
  const scene = intermediate().wait(2 * SECOND);
  scene.together(() => scene.fork(101, 102).fork(102, 103).wait(MILLISECOND).exit(101).exit(102).setsid(103));
  t.equal(scene.main, 103);
  t.end();
});

test('settling: after a moment, workers do not take over from a main that ends', (t) => {
  const scene = daemon()
    .fork(101, 102)
    .fork(101, 103)
    .wait(2 * SECOND)
    .exit(101);
  t.equal(scene.said.at(-1), 'ended 101 0');
  t.end();
});

test('settling: after a moment, a session of a user does not take over from a main that ends', (t) => {
  const scene = daemon()
    .fork(101, 300)
    .setsid(300)
    .wait(2 * SECOND)
    .exit(101);
  t.equal(scene.said.filter((said) => !said.startsWith('detached')).at(-1), 'ended 101 0');
  t.end();
});

test('settling: an intermediate that stays in the launcher’s session hands off to a child that leaves it', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).exit(100).wait(SECOND);
  t.equal(scene.fork(101, 102).setsid(102).wait(MILLISECOND).exit(101).main, 102);
  t.end();
});

test('settled: a child with another program is a worker', (t) => {
  const scene = daemon(['nginx'])
    .wait(60 * SECOND)
    .fork(101, 102)
    .exec(102, 'rotatelogs')
    .wait(SECOND);
  t.equal(scene.exit(101).said.at(-1), 'ended 101 0');
  t.end();
});

test('settled: a child that has not exec’d is a worker', (t) => {
  const scene = daemon(['nginx'])
    .wait(60 * SECOND)
    .fork(101, 102)
    .wait(4 * SECOND)
    .exit(101);
  t.equal(scene.said.at(-1), 'ended 101 0');
  const others = daemon(['nginx'])
    .wait(60 * SECOND)
    .fork(101, 102)
    .fork(101, 103)
    .wait(SECOND)
    .exit(101);
  t.equal(others.said.at(-1), 'ended 101 0', 'so are two, however young');
  t.end();
});

test('settled: an intermediate may take its time before its only fork, in its session', (t) => {
  const scene = intermediate()
    .wait(60 * SECOND)
    .fork(101, 102)
    .wait(SECOND);
  t.equal(scene.exit(101).main, 102);
  const unmoved = new Scene()
    .launch(100)
    .fork(100, 101)
    .exit(100)
    .wait(4 * SECOND);
  t.equal(
    unmoved.fork(101, 102).setsid(102).wait(SECOND).exit(101).main,
    102,
    'or before it leaves a session',
  );
  const helped = intermediate()
    .fork(101, 102)
    .wait(4 * SECOND)
    .exit(102)
    .fork(101, 103);
  t.equal(helped.wait(100 * MILLISECOND).exit(101).main, 103, 'a helper took the time');
  t.end();
});

test('settled: the only child of a program that was exec’d to be main is a worker, however young', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).exec(101, 'server').exit(100);
  scene.wait(60 * SECOND).fork(101, 102);
  t.equal(scene.wait(SECOND).exit(101).said.at(-1), 'ended 101 0');
  t.end();
});

test('settled: an upgrade that daemonises again succeeds main from a session of its own', (t) => {
  for (const forks of [true, false]) {
    const scene = new Scene()
      .launch(100, ['nghttpx', '--daemon'])
      .exec(100, 'nghttpx', '--daemon')
      .fork(100, 101)
      .setsid(101);
    scene.exit(100).wait(200 * SECOND);
    scene.fork(101, 102).fork(101, 103).exec(103, 'nghttpx', '--daemon');
    if (forks) scene.fork(103, 104).exit(103);
    const master = forks ? 104 : 103;
    scene
      .setsid(master)
      .fork(master, 105)
      .wait(300 * SECOND)
      .exit(102);
    t.ok(scene.isDetached(master));
    t.equal(scene.exit(101).main, master, forks ? 'it forks' : 'it does not fork');
    t.notOk(scene.isDetached(105), 'its worker is a member');
  }
  t.end();
});

test('settled: what was there before main had settled is no upgrade', (t) => {
  const scene = daemon(['server']).exec(101, 'server').fork(101, 102).exec(102, 'server').setsid(102);
  t.equal(
    scene
      .wait(200 * SECOND)
      .exit(101)
      .said.at(-1),
    'ended 101 0',
  );
  t.end();
});

test('settled: a child with the same program in a session of its own is a login of sshd, not an upgrade', (t) => {
  const scene = daemon(['sshd'])
    .wait(60 * SECOND)
    .fork(101, 102)
    .exec(102, 'sshd', '-R')
    .setsid(102)
    .fork(102, 103)
    .exit(102)
    .wait(SECOND);
  t.notOk(scene.exit(101).said.includes('main 103'));
  t.notOk(scene.said.includes('main 102'));
  t.ok(scene.over);
  t.end();
});

test('settled: a grandchild is not an upgrade', (t) => {
  const scene = daemon(['nginx'])
    .wait(60 * SECOND)
    .fork(101, 102)
    .fork(102, 103)
    .exec(103, 'nginx')
    .exit(102);
  t.equal(scene.exit(101).said.at(-1), 'ended 101 0');
  t.end();
});

test('settled: a grandchild does not become a child when its creator is forgotten', (t) => {
  const scene = daemon(['nginx'])
    .wait(60 * SECOND)
    .fork(101, 102)
    .fork(102, 103)
    .exec(103, 'nginx')
    .exit(102);
  scene
    .wait(10 * SECOND)
    .fork(101, 104)
    .wait(300 * SECOND)
    .fork(101, 105)
    .exit(105);
  t.equal(scene.exit(101).said.at(-1), 'ended 101 0');
  t.end();
});

test('settled: an upgrade may add words to the command line, behind the program and its first argument', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exec(101, 'python3', 'gunicorn', '--daemon');
  scene
    .exit(100)
    .wait(200 * SECOND)
    .fork(101, 102)
    .exec(102, 'python3', 'gunicorn', '--daemon', '--fd', '5');
  t.equal(scene.exit(101).main, 102);
  t.end();
});

test('settled: another script of the same interpreter is not an upgrade', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).exec(101, 'python3', 'gunicorn');
  scene
    .exit(100)
    .wait(200 * SECOND)
    .fork(101, 102)
    .exec(102, 'python3', 'manage.py');
  t.equal(scene.exit(101).said.at(-1), 'ended 101 0');
  t.end();
});

test('an upgrade is found while main is settling, beside its workers', (t) => {
  const scene = daemon(['nginx'])
    .fork(101, 102)
    .fork(101, 103)
    .wait(SECOND)
    .fork(101, 104)
    .exec(104, 'nginx');
  t.equal(scene.wait(SECOND).exit(101).main, 104);
  t.end();
});

test('a failed child of main is no candidate, and what it forked is none', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(101, 102).exit(101, exited(1));
  t.equal(scene.fork(100, 103).exit(100).wait(SECOND).main, 103);
  t.same(ambiguous(scene), []);
  t.end();
});
