/** Who is main, and what is its end? (DESIGN section 4, "Follower".) Who of several takes over is in candidates.test.ts. */
import { test } from 'tap';
import { exited, killed, MILLISECOND, Scene, SECOND } from '../support/scene.js';

test('main is the launcher, until something else is known', (t) => {
  t.same(new Scene().launch(100).said, ['main 100']);
  t.end();
});

test('a launcher that stays is main, whatever it forks', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .fork(100, 102)
    .exit(101)
    .setsid(102)
    .wait(200 * SECOND);
  t.equal(scene.main, 100);
  t.same(
    scene.said.filter((said) => !said.startsWith('detached')),
    ['main 100'],
  );
  t.end();
});

test('the exit of the launcher with status 0 is a hand-off to the process that it leaves', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .wait(200 * SECOND);
  t.same(scene.said, ['main 100', 'hand-off 100 101', 'main 101']);
  t.end();
});

test('no fork is counted: the hundredth child may be the daemon', (t) => {
  const scene = new Scene().launch(100);
  for (let helper = 200; helper < 299; helper++) scene.fork(100, helper).exit(helper);
  scene.fork(100, 101).setsid(101).exit(100);
  t.equal(scene.main, 101);
  t.end();
});

test('an intermediate that dies while the launcher lives is bookkeeping: the grandchild takes over at once', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .fork(101, 102)
    .exit(101)
    .wait(2 * SECOND)
    .exit(100);
  t.same(scene.said, ['main 100', 'hand-off 100 102', 'main 102']);
  t.end();
});

test('an intermediate that outlives the launcher is main for a moment and hands off again', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).exit(100).setsid(101).fork(101, 102).exit(101);
  t.same(scene.said, ['main 100', 'hand-off 100 101', 'main 101', 'hand-off 101 102', 'main 102']);
  t.end();
});

test('hand-offs that are observed together are told one after the other', (t) => {
  const scene = new Scene().launch(100);
  scene.together(() => scene.fork(100, 101).exit(100).setsid(101).fork(101, 102).exit(101));
  t.same(scene.said, ['main 100', 'hand-off 100 102', 'main 102'], 'a dead intermediate is passed over');
  t.end();
});

test('three generations of daemonising are followed like two', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).exit(100).fork(101, 102).setsid(102).exit(101);
  t.equal(scene.fork(102, 103).exit(102).main, 103);
  t.end();
});

for (const [what, status] of [
  ['exit status 1', exited(1)],
  ['a signal', killed(11)],
] as const) {
  test(`${what} is a death, never a hand-off, whatever still lives`, (t) => {
    const scene = new Scene().launch(100).fork(100, 101).setsid(101).exit(100, status).wait(SECOND);
    t.same(scene.said.slice(0, 2), ['main 100', `died 100 ${status}`]);
    t.ok(scene.over);
    t.end();
  });
}

test('a settled main that crashes has died, and its workers do not take over', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .fork(101, 102)
    .wait(10 * SECOND);
  t.equal(scene.exit(101, killed(9)).said.at(-1), `died 101 ${killed(9)}`);
  t.end();
});

test('status 0 and nobody left is an end', (t) => {
  t.same(new Scene().launch(100).exit(100).said, ['main 100', 'ended 100 0']);
  t.end();
});

test('an end that foster asked for is an end, whatever the status and whoever lives', (t) => {
  for (const status of [0, exited(1), killed(15)]) {
    const scene = new Scene().launch(100).fork(100, 101).setsid(101).stopAsked().exit(100, status);
    t.same(scene.said, ['main 100', `ended 100 ${status}`]);
  }
  t.end();
});

test('nothing is said after the end of a run', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).exit(100, exited(1));
  const before = scene.said.length;
  scene
    .fork(101, 102)
    .exit(101)
    .exit(102)
    .reap(100, exited(1))
    .wait(10 * SECOND);
  t.equal(scene.said.length, before);
  t.end();
});

test('a chain with a dead intermediate whose status was not 0 leads to no candidate', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .fork(101, 102)
    .exit(101, exited(7))
    .exit(100);
  t.same(scene.said, ['main 100', `died 100 ${exited(7)}`]);
  t.end();
});

test('an intermediate that fails after the launcher has gone is a failed start', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .exit(100)
    .setsid(101)
    .fork(101, 102)
    .exit(101, exited(7));
  t.equal(scene.said.at(-1), `died 101 ${exited(7)}`);
  t.end();
});

test('observed at once: a launcher with status 0 that leaves a process which fails has failed to start', (t) => {
  const scene = new Scene().launch(100);
  scene.together(() => scene.fork(100, 101).setsid(101).exit(100).exit(101, exited(255)));
  t.same(scene.said, ['main 100', `died 100 ${exited(255)}`]);
  t.end();
});

test('a helper that fails before the launcher ends is the launcher’s own affair', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).exit(101, exited(1)).exit(100);
  t.same(scene.said, ['main 100', 'ended 100 0']);
  t.end();
});

test('observed at once: an intermediate that execs itself after the launcher has gone is launching', (t) => {
  const scene = new Scene().launch(100);
  scene.together(() => scene.fork(100, 101).exit(100).exec(101, '/sbin/slow'));
  t.equal(
    scene
      .wait(10 * SECOND)
      .fork(101, 102)
      .setsid(102)
      .exit(101).main,
    102,
  );
  t.end();
});

test('a launcher may take its time, up to the start timeout', (t) => {
  const start = (span: number): Scene =>
    new Scene().launch(100).wait(span).fork(100, 101).setsid(101).exit(100);
  t.equal(start(80 * SECOND).main, 101);
  t.equal(start(91 * SECOND).said.at(-1), 'ended 100 0');
  t.end();
});

test('an exec by the launcher begins the start timeout anew', (t) => {
  const scene = new Scene()
    .launch(100)
    .wait(80 * SECOND)
    .exec(100, '/sbin/slow')
    .wait(80 * SECOND);
  t.equal(scene.fork(100, 101).setsid(101).exit(100).main, 101);
  t.end();
});

test('what the launcher forked before its last exec does not take over', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).exec(100, '/sbin/other').exit(100);
  t.same(scene.said, ['main 100', 'ended 100 0']);
  t.end();
});

test('an exec of main reopens launching: sshd on HUP and php-fpm on USR2 daemonise again', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .wait(60 * SECOND);
  // a login, with a session of its own, from before the exec
  scene
    .fork(101, 300)
    .setsid(300)
    .wait(10 * SECOND);
  scene
    .exec(101, '/sbin/daemon')
    .fork(101, 102)
    .setsid(102)
    .exit(101)
    .wait(10 * SECOND);
  t.equal(scene.main, 102);
  t.notOk(scene.said.some((said) => said.startsWith('ambiguous')));
  t.end();
});

test('main that execs itself in place and stays is still main: haproxy and uwsgi on reload', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .wait(60 * SECOND);
  scene
    .exec(101, '/sbin/daemon')
    .fork(101, 102)
    .wait(100 * SECOND)
    .exit(102)
    .wait(SECOND);
  t.equal(scene.main, 101);
  t.equal(scene.exit(101).said.at(-1), 'ended 101 0');
  t.end();
});

test('a daemon that execs while it takes over is launching anew: pg_ctl starts a shell that becomes postgres', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .exit(100)
    .exec(101, '/bin/sh')
    .wait(20 * SECOND);
  t.equal(scene.fork(101, 102).setsid(102).exit(101).main, 102);
  t.end();
});

test('a settled main that exits with status 0 has ended, though its workers live', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .fork(101, 102)
    .wait(3 * SECOND);
  t.equal(scene.exit(101).said.at(-1), 'ended 101 0');
  t.end();
});

test('a binary upgrade: a child of a settled main with the same program and session takes over', (t) => {
  const scene = new Scene().launch(100, ['nginx']).fork(100, 101).setsid(101).exit(100).fork(101, 102);
  scene
    .wait(60 * SECOND)
    .fork(101, 103)
    .exec(103, 'nginx')
    .wait(60 * SECOND);
  t.equal(scene.main, 101, 'not before the old main has gone');
  t.equal(scene.exit(101).main, 103);
  t.end();
});

test('an upgrade is recognised by its title where the launcher was gone before its command line could be read', (t) => {
  const scene = new Scene().launch(100, ['/usr/local/bin/wrapper']);
  scene.exec(100).shows(101, 'nginx: master process /usr/sbin/nginx -c conf', '/usr/sbin/nginx');
  scene
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .wait(10 * SECOND);
  scene.fork(101, 102).exec(102, '/usr/sbin/nginx', '-c', 'conf').exit(101);
  t.equal(scene.main, 102);
  t.end();
});

test('after a binary upgrade another one can follow', (t) => {
  const scene = new Scene()
    .launch(100, ['nginx'])
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .wait(60 * SECOND);
  scene
    .fork(101, 102)
    .exec(102, 'nginx')
    .exit(101)
    .wait(60 * SECOND);
  t.equal(
    scene
      .fork(102, 103)
      .exec(103, 'nginx')
      .wait(60 * SECOND)
      .exit(102).main,
    103,
  );
  t.end();
});

test('main’s status may come by the reaping, before the exit event', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).reap(100).exit(100);
  t.same(scene.said, ['main 100', 'hand-off 100 101', 'main 101']);
  t.end();
});

test('a main that is not the supervisor’s child is judged by its exit event', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .exit(101, exited(3))
    .reap(101, exited(3));
  t.equal(scene.said.filter((said) => said.startsWith('died')).length, 1);
  t.end();
});

test('an exit event without a status waits a moment for the status: perf knows none, wait does', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).exitWithoutStatus(100);
  t.ok(scene.tracker.awaitsEvidence);
  t.same(scene.said, ['main 100']);
  t.equal(scene.reap(100, exited(1)).said.at(-1), `died 100 ${exited(1)}`);
  t.end();
});

test('a status that never comes counts as 0', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .exitWithoutStatus(100)
    .wait(250 * MILLISECOND);
  t.equal(scene.main, 101);
  t.end();
});

test('a process that /proc shows dead may have forked: the decision waits for its exit event', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).vanish(101).exit(100);
  t.ok(scene.tracker.awaitsEvidence);
  t.same(scene.said, ['main 100']);
  scene.together(() => scene.fork(101, 102).exit(101));
  t.equal(scene.main, 102);
  t.notOk(scene.tracker.awaitsEvidence);
  t.end();
});

test('an exit event that never comes is not waited for: what is dead for /proc cannot be main', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .setsid(101)
    .vanish(101)
    .exit(100)
    .wait(50 * MILLISECOND);
  t.same(scene.said, ['main 100', 'ended 100 0']);
  t.notOk(scene.tracker.awaitsEvidence);
  t.end();
});

test('an upgrade whose exec was read before /proc showed the arguments is upgraded again: unicorn', (t) => {
  const RUBY = '/usr/bin/ruby';
  const scene = new Scene().launch(100).exec(100, RUBY, '/usr/bin/unicorn', '-D');
  scene
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .wait(60 * SECOND);
  scene.fork(101, 102).execTooEarly(102, RUBY).shows(102, 'unicorn master -D', RUBY).exit(101);
  t.equal(scene.main, 102);
  // at once, so that only the same program counts
  scene
    .fork(102, 103)
    .exec(103, RUBY, '/usr/bin/unicorn', '-D')
    .wait(4 * SECOND);
  t.equal(scene.exit(102).main, 103);
  t.end();
});
