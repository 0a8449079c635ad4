/** Members and detached processes: wrappers with sessions of their own, and servers with logins. */
import { test } from 'tap';
import type { Occupation } from '../../../src/kernel/kernel.js';
import { Lineage } from '../../../src/tracker/lineage/lineage.js';
import { jobLineage } from '../../../src/tracker/model.js';
import type { JobLineage } from '../../../src/tracker/model.js';
import { exited, JOB, killed, Scene, SECOND } from '../support/scene.js';

/** `su -l USER -c …`: 100 waits for 101, a shell in a session of its own, which has started 102. */
function su(): Scene {
  return new Scene()
    .launch(100, ['su', '-l'])
    .does(100, 'waits')
    .fork(100, 101)
    .setsid(101)
    .exec(101, 'bash')
    .fork(101, 102)
    .exec(102, 'server');
}

const detached = (scene: Scene): string[] => scene.said.filter((said) => said.startsWith('detached'));

test('what a wrapper waits for is a member, at once and for good', (t) => {
  const scene = su();
  t.notOk(scene.isDetached(102));
  scene.wait(1000 * SECOND);
  t.notOk(scene.isDetached(101));
  t.notOk(scene.isDetached(102));
  t.same(detached(scene), []);
  t.end();
});

test('it is a member after the wrapper’s end, so that a stop and a crash end it', (t) => {
  for (const age of [0, 1000 * SECOND]) {
    const stopped = su()
      .wait(age)
      .stopAsked()
      .exit(100, killed(15))
      .wait(10 * SECOND);
    t.notOk(stopped.isDetached(102), `stopped after ${age / SECOND} s`);
    const crashed = su()
      .wait(age)
      .exit(100, killed(9))
      .exit(101, killed(1))
      .wait(10 * SECOND);
    t.notOk(crashed.isDetached(102), `crashed after ${age / SECOND} s`);
  }
  t.end();
});

test('a wrapper that relays a terminal polls: the one child that it forked at once is its business', (t) => {
  const scene = new Scene()
    .launch(100, ['script'])
    .fork(100, 101)
    .setsid(101)
    .wait(1000 * SECOND);
  t.notOk(scene.isDetached(101));
  t.notOk(scene.stopAsked().exit(100).isDetached(101));
  t.end();
});

test('a shell that waits for its next command is no wrapper of what it has put into a session of its own', (t) => {
  const scene = new Scene()
    .launch(100, ['sh'])
    .does(100, 'waits')
    .fork(100, 101)
    .fork(100, 102)
    .setsid(101)
    .wait(100 * SECOND);
  t.ok(scene.isDetached(101));
  t.notOk(scene.isDetached(102));
  t.end();
});

test('what a script has put into a session of its own by setsid(1) is detached, even if it waits for it', (t) => {
  const scene = new Scene().launch(100, ['sh']).does(100, 'waits').fork(100, 101);
  scene
    .exec(101, 'setsid')
    .setsid(101)
    .exec(101, 'server')
    .wait(100 * SECOND);
  t.ok(scene.isDetached(101));
  t.end();
});

test('a shell makes no session: what it has forked has exec’d setsid(1), though no source has seen that', (t) => {
  const scene = new Scene().launch(100, ['/bin/sh']).does(100, 'waits').fork(100, 101);
  scene
    .setsid(101)
    .exec(101, 'server')
    .wait(100 * SECOND);
  t.ok(scene.isDetached(101));
  t.end();
});

test('a program that makes its own session while a script waits for it is what the script does', (t) => {
  const scene = new Scene().launch(100, ['sh']).does(100, 'waits').fork(100, 101);
  scene
    .exec(101, 'server')
    .setsid(101)
    .wait(100 * SECOND);
  t.notOk(scene.isDetached(101));
  t.end();
});

test('a wrapper below a shell is one as well', (t) => {
  const scene = new Scene()
    .launch(100, ['sh'])
    .does(100, 'waits')
    .wait(20 * SECOND);
  scene.fork(100, 101).exec(101, 'su').does(101, 'waits').fork(101, 102).setsid(102);
  t.notOk(scene.wait(100 * SECOND).isDetached(102), 'however late');
  t.end();
});

test('a wrapper that a daemonising program has become is one as well', (t) => {
  const scene = new Scene().launch(100, ['start-stop-daemon']).fork(100, 101).setsid(101).exit(100);
  scene
    .exec(101, 'su')
    .does(101, 'waits')
    .fork(101, 102)
    .setsid(102)
    .wait(100 * SECOND);
  t.notOk(scene.isDetached(102));
  t.end();
});

test('logins of a server in the foreground are detached, before it has settled and after', (t) => {
  const scene = new Scene()
    .launch(100, ['sshd', '-D'])
    .does(100, 'serves')
    .fork(100, 101)
    .exec(101, 'sshd', '-D', '-R')
    .setsid(101);
  t.ok(scene.isDetached(101));
  scene
    .wait(30 * SECOND)
    .fork(100, 102)
    .setsid(102);
  t.ok(scene.isDetached(102));
  scene.stopAsked().exit(100);
  t.ok(scene.isDetached(101));
  t.ok(scene.isDetached(102));
  t.end();
});

test('logins of a server that has just daemonised are detached', (t) => {
  const scene = new Scene().launch(100, ['sshd']).fork(100, 101).setsid(101).exit(100).wait(SECOND);
  scene.fork(101, 102).setsid(102);
  t.ok(scene.isDetached(102));
  t.ok(scene.stopAsked().exit(101).isDetached(102));
  t.end();
});

test('a command of cron is detached: cron sleeps, and the process between waits', (t) => {
  const scene = new Scene()
    .launch(100, ['cron', '-f'])
    .does(100, 'sleeps')
    .fork(100, 101)
    .does(101, 'waits')
    .fork(101, 102)
    .setsid(102);
  t.ok(scene.isDetached(102), 'at reboot');
  t.notOk(scene.isDetached(101), 'it is in cron’s session');
  t.ok(scene.stopAsked().exit(100).isDetached(102));
  t.end();
});

test('a session is no part of the job when main does other things as well', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .wait(2 * SECOND)
    .fork(100, 102)
    .setsid(102);
  t.ok(scene.wait(10 * SECOND).isDetached(102), 'a worker lives');
  const late = new Scene()
    .launch(100)
    .wait(4 * SECOND)
    .fork(100, 102)
    .setsid(102);
  t.ok(late.wait(10 * SECOND).isDetached(102), 'it was forked late');
  t.end();
});

test('what a failed launcher had on the way to being main is a member: the next start finds nothing of it', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).fork(101, 102);
  scene
    .exit(101, exited(1))
    .exit(100)
    .wait(10 * SECOND);
  t.ok(scene.over);
  t.notOk(scene.isDetached(102));
  scene.tracker.closeRun(JOB);
  t.ok(scene.isDetached(102), 'what is left by then is left for good');
  t.end();
});

test('a session that left before main’s program began is detached', (t) => {
  const scene = new Scene().launch(100, ['sh']).fork(100, 101).setsid(101).exec(100, 'server');
  t.ok(scene.isDetached(101));
  t.end();
});

test('how a session stands to main outlives a restart of the supervisor', (t) => {
  const scene = su().wait(100 * SECOND);
  scene.isDetached(102);
  const written = (lineage: JobLineage): unknown =>
    JSON.parse(JSON.stringify(jobLineage.write(lineage, undefined)));
  const saved = written(scene.tracker.save(JOB));
  const lineage = new Lineage();
  const { processes, follower } = jobLineage.read(saved, undefined);
  lineage.restore(processes);
  const [main, leader] = processes;
  t.equal(leader?.session.membership?.main, main);
  t.ok(leader?.session.membership?.isMember);
  t.same(written({ processes: lineage.descendants(main!), follower }), saved);
  t.end();
});

/** A script that has put a daemon into a session of its own by setsid(1), and waits for something else. */
function apart(): Scene {
  const scene = new Scene().launch(100, ['/bin/sh']).does(100, 'waits').fork(100, 101).exec(101, 'setsid');
  return scene.setsid(101).exec(101, 'server').fork(100, 102).exec(102, 'sleep');
}

test('a launcher makes its daemon by setsid(1) as well: if it fails, the daemon is ended, whenever that is', (t) => {
  for (const age of [0, 2, 30]) {
    const scene = apart().wait(age * SECOND);
    t.equal(scene.isDetached(101), age > 3, `after ${age} s`);
    t.notOk(scene.exit(100, killed(9)).isDetached(101), `killed after ${age} s`);
  }
  t.end();
});

test('a stop in the first moments ends what a launcher may be about to leave as its daemon', (t) => {
  for (const age of [0, 30]) {
    const scene = apart()
      .wait(age * SECOND)
      .stopAsked()
      .exit(100, killed(15));
    t.equal(scene.isDetached(101), age > 3, `stopped after ${age} s`);
  }
  t.end();
});

test('so it does where the launcher’s daemon has made its session itself', (t) => {
  const scene = new Scene().launch(100, ['/bin/sh']).does(100, 'waits').fork(100, 101).exec(101, 'sshd');
  scene.fork(101, 102).setsid(102).fork(102, 103).exit(102).exit(101).fork(100, 104).exec(104, 'sleep');
  t.notOk(scene.isDetached(103));
  t.notOk(scene.stopAsked().exit(100, killed(15)).isDetached(103));
  t.end();
});

/** A script that has put something apart by setsid(1), and waits for just that, as dash or bash do. */
function waitsForIt(occupation: Occupation): Scene {
  const scene = new Scene().launch(100, ['/bin/sh']).fork(100, 101).exec(101, 'setsid');
  return scene.setsid(101).exec(101, 'server').does(100, occupation);
}

test('no launcher waits for its daemon: what a script waits for is apart, and survives a stop at once', (t) => {
  for (const occupation of ['waits', 'awaits-signal'] as const)
    for (const age of [0, 30]) {
      const scene = waitsForIt(occupation).wait(age * SECOND);
      t.ok(scene.isDetached(101), `${occupation} after ${age} s`);
      const stopped = scene.stopAsked().fork(100, 102).exit(100, killed(15));
      t.ok(stopped.isDetached(101), `${occupation}, and stopped after ${age} s`);
    }
  t.end();
});

test('it is asked again as long as the launcher may go on, and another child may be unknown yet', (t) => {
  const scene = waitsForIt('waits');
  t.ok(scene.isDetached(101));
  t.notOk(scene.fork(100, 102).isDetached(101), 'it has gone on');
  const early = waitsForIt('waits').hasChildren(100, 101, 102).sessionInProc(102, 100);
  t.notOk(early.isDetached(101), 'it waits for a child whose event has not been read');
  const program = waitsForIt('awaits-signal').exec(100, 'nginx');
  t.ok(program.isDetached(101), 'what was put apart before the program began is none of it');
  t.end();
});
