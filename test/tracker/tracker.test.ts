/** Jobs, their members and what has left them (DESIGN section 4, "Members and detached processes"). */
import { test } from 'tap';
import { jobLineage } from '../../src/tracker/model.js';
import { Tracker } from '../../src/tracker/tracker.js';
import { exited, JOB, killed, MILLISECOND, Scene, SECOND, SUPERVISOR } from './support/scene.js';

/** A settled daemon: main is 101, in its own session. */
function daemon(): Scene {
  return new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .wait(10 * SECOND);
}

const detached = (scene: Scene): string[] => scene.said.filter((said) => said.startsWith('detached'));

function members(scene: Scene): number[] {
  return scene.tracker
    .living(JOB)
    .filter(({ pid }) => !scene.isDetached(pid))
    .map(({ pid }) => pid);
}

test('events of a job’s processes are passed on with its name, those of strangers are not', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .fork(500, 501)
    .exec(501, 'stranger')
    .exec(101, 'daemon');
  t.same(
    scene.events.map(({ type }) => type),
    ['fork', 'exec'],
  );
  scene.tracker.observe([{ type: 'comm', time: scene.now, pid: 101, comm: 'x' }], scene.now);
  t.match(scene.tracker.take(), [{ kind: 'event', job: JOB, event: { type: 'comm', pid: 101 } }]);
  t.end();
});

test('notices of adoption follow the exit that causes them, in the order of birth', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).fork(100, 102).fork(101, 103).exit(100);
  t.match(scene.events.slice(3), [
    { type: 'exit', pid: 100 },
    { type: 'adopted', pid: 101, formerParent: 100 },
    { type: 'adopted', pid: 102, formerParent: 100 },
  ]);
  t.end();
});

test('the end of a process is passed on once, though reaping and exit event both tell of it', (t) => {
  const scene = new Scene().launch(100).reap(100, exited(2)).exit(100, exited(2));
  t.match(scene.events, [{ type: 'exit', pid: 100, status: exited(2) }]);
  t.equal(scene.events.length, 1);
  t.end();
});

test('the supervisor’s own fork of the launcher is not a process beside it', (t) => {
  const scene = new Scene().launch(100).fork(SUPERVISOR, 100);
  t.equal(scene.tracker.living(JOB).length, 1);
  t.end();
});

test('clone(CLONE_PARENT) names the supervisor as the parent: the session tells whose child it is', (t) => {
  const scene = daemon().sessionInProc(102, 101).fork(SUPERVISOR, 102);
  t.equal(scene.process(102).creator, scene.process(101));
  t.same(members(scene), [101, 102]);
  t.end();
});

test('a daemon made by clone(CLONE_PARENT) takes over from its launcher', (t) => {
  const scene = new Scene().launch(100).sessionInProc(101, 100).fork(SUPERVISOR, 101).setsid(101).exit(100);
  t.equal(scene.main, 101);
  t.end();
});

test('a child of the supervisor in no job’s session belongs to no job', (t) => {
  const scene = daemon().sessionInProc(102, 7).fork(SUPERVISOR, 102).fork(SUPERVISOR, 103);
  t.equal(scene.tracker.lineage.get(102), undefined);
  t.equal(scene.tracker.lineage.get(103), undefined, 'nor one that is gone already');
  t.end();
});

test('members are the processes in main’s session and in the launcher’s', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).fork(100, 102).exit(100).fork(101, 103);
  scene
    .wait(10 * SECOND)
    .fork(101, 104)
    .setsid(104)
    .wait(10 * SECOND);
  t.same(members(scene), [101, 102, 103]);
  t.ok(scene.isDetached(104));
  t.end();
});

test('a login that leaves the session of a settled main is detached at once, and that is said once', (t) => {
  const scene = daemon().fork(101, 102).setsid(102);
  t.same(detached(scene), ['detached 102']);
  scene
    .fork(102, 103)
    .exec(102, 'bash')
    .wait(60 * SECOND)
    .exit(102);
  t.equal(detached(scene).length, 1);
  t.end();
});

test('a second notice of one setsid changes nothing: it may be read from /proc and told by an event', (t) => {
  const scene = daemon();
  scene.together(() => scene.fork(101, 102).setsid(102).setsid(102));
  t.same(detached(scene.setsid(102)), ['detached 102']);
  t.end();
});

test('a process that leaves while the job starts may be on the way to being main', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).wait(SECOND);
  t.same(detached(scene), []);
  t.notOk(scene.isDetached(101));
  scene.exit(100).wait(10 * SECOND);
  t.same(detached(scene), [], 'and main it is');
  t.end();
});

test('a process that left while the job started, and did not become main, is detached in the end', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).fork(100, 102).setsid(102).fork(102, 103);
  scene
    .exit(102, exited(1))
    .exit(100)
    .wait(10 * SECOND);
  t.equal(scene.main, 101);
  t.same(detached(scene), [], '102 did not live long enough');
  t.ok(scene.isDetached(103), 'but a child in its session does');
  scene
    .fork(101, 104)
    .setsid(104)
    .wait(10 * SECOND);
  t.same(detached(scene), ['detached 104']);
  t.end();
});

test('what a slow launcher created in its first second is part of the start; a later login is not', (t) => {
  // pg_ctlcluster waits for seconds, or on a busy machine longer, until the postgres that it has started answers
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .wait(20 * SECOND);
  scene
    .fork(100, 102)
    .setsid(102)
    .wait(10 * SECOND);
  t.notOk(scene.isDetached(101), 'a stop ends it');
  t.ok(scene.isDetached(102));
  t.same(detached(scene), ['detached 102']);
  t.end();
});

test('what comes of a slow launcher’s first second is part of the start, however late', (t) => {
  // on a busy machine pg_ctl, which pg_ctlcluster runs, takes a second and more before it creates postgres
  const scene = new Scene().launch(100).fork(100, 101).setsid(101);
  scene
    .wait(2 * SECOND)
    .fork(101, 102)
    .setsid(102)
    .exit(101)
    .wait(10 * SECOND);
  t.notOk(scene.isDetached(102), 'a stop ends it');
  t.same(detached(scene), []);
  t.equal(scene.exit(100).main, 102);
  t.end();
});

test('a program that is known to daemonise starts as long as it has not, whatever it creates when', (t) => {
  const scene = new Scene().launch(100);
  scene.tracker.expectHandOff(JOB);
  scene
    .wait(5 * SECOND)
    .fork(100, 101)
    .setsid(101)
    .wait(10 * SECOND);
  t.notOk(scene.isDetached(101), 'a stop ends it');
  t.equal(scene.exit(100).main, 101);
  scene
    .fork(101, 102)
    .setsid(102)
    .wait(10 * SECOND);
  t.ok(scene.isDetached(102), 'from then on it is a daemon like others');
  t.end();
});

test('main is never detached, nor is the launcher', (t) => {
  const scene = new Scene()
    .launch(100)
    .setsid(100)
    .wait(10 * SECOND);
  t.same(detached(scene), []);
  t.notOk(scene.isDetached(100));
  t.end();
});

test('a detached process belongs to its job still, after the end of the run and in the next one', (t) => {
  const scene = daemon().fork(101, 102).setsid(102).exit(101, killed(9));
  scene.tracker.closeRun(JOB);
  scene.launch(200).fork(102, 103);
  t.same(
    scene.tracker.living(JOB).map(({ pid }) => pid),
    [102, 103, 200],
  );
  t.ok(scene.isDetached(102));
  t.ok(scene.isDetached(103));
  t.equal(scene.tracker.jobOf(scene.process(103)), JOB);
  t.end();
});

test('a process of a former run does not become main in the next one', (t) => {
  const scene = daemon().fork(101, 102).setsid(102).exit(101, killed(9)).launch(200).fork(102, 103).exit(102);
  t.equal(scene.main, 200);
  t.equal(scene.exit(200).said.at(-1), 'ended 200 0');
  t.end();
});

test('a former run of which nothing lives is forgotten at the next launch', (t) => {
  const scene = daemon().exit(101).launch(200);
  t.equal(scene.tracker.lineage.get(101), undefined);
  t.equal(scene.tracker.lineage.get(100), undefined);
  t.end();
});

test('a forgotten job leaves nothing behind', (t) => {
  const scene = daemon().fork(101, 102).exit(102).exit(101);
  scene.tracker.forget(JOB);
  t.same([...scene.tracker.lineage.all()], []);
  t.equal(scene.tracker.follower(JOB), undefined);
  t.same(scene.tracker.living(JOB), []);
  t.end();
});

test('jobs do not mix', (t) => {
  const scene = new Scene().launch(100, ['a'], 'a').launch(200, ['b'], 'b').fork(100, 101).fork(200, 201);
  scene.exit(200).setsid(101);
  t.equal(scene.tracker.follower('a')?.main.pid, 100);
  t.equal(scene.tracker.follower('b')?.main.pid, 201);
  t.equal(scene.tracker.jobOf(scene.process(101)), 'a');
  t.end();
});

test('a stop that was asked of one run does not count for the next', (t) => {
  const scene = daemon().stopAsked().exit(101, killed(15)).launch(200).exit(200, exited(1));
  t.equal(scene.said.at(-1), `died 200 ${exited(1)}`);
  t.end();
});

test('a pid that comes round ends the process that had it, and its job hears of it', (t) => {
  const byStranger = daemon().fork(500, 101).wait(SECOND);
  t.equal(byStranger.said.at(-1), 'died 101 undefined');
  const other = daemon()
    .launch(200, ['b'], 'b')
    .wait(10 * SECOND);
  other.fork(200, 101).wait(SECOND);
  t.equal(other.said.at(-1), 'died 101 undefined');
  t.equal(other.tracker.jobOf(other.process(101)), 'b', 'the pid is now another job’s');
  const byItself = daemon().fork(SUPERVISOR, 101).wait(SECOND);
  t.equal(byItself.said.at(-1), 'died 101 undefined');
  t.end();
});

test('what a stranger does with a pid that main once had is not main’s doing', (t) => {
  const scene = daemon().fork(101, 102).exit(102).wait(SECOND).fork(500, 102).setsid(102).fork(102, 103);
  t.same(detached(scene), []);
  t.equal(scene.tracker.lineage.get(103), undefined);
  t.end();
});

test('nothing is due when nothing is in doubt: an idle supervisor wakes up for nothing', (t) => {
  const scene = new Scene().launch(100);
  t.equal(scene.tracker.deadline(), undefined);
  scene
    .fork(100, 101)
    .setsid(101)
    .wait(10 * SECOND)
    .exit(100)
    .wait(10 * SECOND)
    .fork(101, 102)
    .exit(102);
  t.equal(scene.tracker.deadline(), undefined);
  scene.fork(101, 103).setsid(103).wait(MILLISECOND);
  t.equal(scene.tracker.deadline(), undefined);
  scene.exit(101).wait(MILLISECOND);
  t.equal(scene.tracker.deadline(), undefined);
  t.end();
});

test('a million short forks in a job leave a small table, and cost little', (t) => {
  const scene = daemon();
  const { tracker } = scene;
  let largest = 0;
  for (let round = 0; round < 1000; round++) {
    const events = Array.from({ length: 1000 }, (_, index) => {
      const pid = 1000 + ((round * 1000 + index) % 30_000);
      const time = scene.now + index * 0.1 * MILLISECOND;
      return [
        { type: 'fork', time, parent: 101, child: pid } as const,
        { type: 'exit', time: time + 1, pid, status: 0 } as const,
      ];
    }).flat();
    scene.now += 100 * MILLISECOND;
    tracker.observe(events, scene.now);
    tracker.decide(scene.now);
    tracker.take();
    if (round % 50 === 0) largest = Math.max(largest, [...tracker.lineage.all()].length);
  }
  t.ok(largest < 60_000, `what ended within the last seconds is kept, not ${largest}`);
  scene
    .wait(10 * SECOND)
    .fork(101, 102)
    .exit(102);
  t.ok([...tracker.lineage.all()].length < 10);
  t.equal(scene.main, 101);
  t.end();
});

test('a program that hands itself on by forking, for ever, is followed, and does not fill the memory', (t) => {
  const scene = new Scene().launch(1000);
  let pid = 1000;
  for (let step = 1; step <= 5000; step++) {
    const next = 1000 + (step % 30_000);
    scene
      .fork(pid, next)
      .exit(pid)
      .wait(100 * MILLISECOND);
    if (scene.main !== next) break;
    pid = next;
  }
  t.equal(scene.main, 6000);
  t.ok([...scene.tracker.lineage.all()].length < 2000);
  t.end();
});

test('a supervisor that takes a job back knows that its program is yet to daemonise', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101);
  scene.tracker.expectHandOff(JOB);
  const saved = jobLineage.read(
    JSON.parse(JSON.stringify(jobLineage.write(scene.tracker.save(JOB), undefined))),
    undefined,
  );
  const next = new Tracker(SUPERVISOR, { isAlive: () => true, sessionOf: () => undefined });
  next.restore(JOB, saved);
  t.match(next.follower(JOB), { expectsHandOff: true, endRequested: false, tookOver: undefined });
  t.notOk(next.isDetached(next.lineage.get(101)!, scene.now + 10 * SECOND));
  t.end();
});
