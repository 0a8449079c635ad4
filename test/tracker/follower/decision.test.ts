/** What follows from main's end, beside who the candidates are: doomed successors, limits, PID files, what no event told of. */
import { test } from 'tap';
import type { UnrelatedProcess, Writers } from '../../../src/tracker/follower/attachment.js';
import { exited, JOB, killed, MILLISECOND, Scene, SECOND } from '../support/scene.js';

/** A shell that leaves 101 behind. */
const shell = (): Scene => new Scene().launch(100, ['sh']).fork(100, 101);

test('a successor with a fatal signal pending does not take over', (t) => {
  const scene = shell().dooms(101).exit(100).wait(SECOND);
  t.same(scene.said, ['main 100', 'ended 100 0']);
  t.end();
});

test('a successor that is killed in the moment of the hand-off leaves status 0 standing', (t) => {
  t.equal(shell().exit(100).exit(101, killed(9)).said.at(-1), 'ended 101 0');
  t.equal(
    shell().exit(100).exit(101, killed(11)).said.at(-1),
    `died 101 ${killed(11)}`,
    'a fault is its own',
  );
  t.equal(shell().exit(100).exit(101, exited(1)).said.at(-1), `died 101 ${exited(1)}`);
  const later = shell().exit(100).wait(SECOND).exit(101, killed(9));
  t.equal(later.said.at(-1), `died 101 ${killed(9)}`);
  t.end();
});

test('who is killed together with main has not failed', (t) => {
  const scene = shell();
  scene.together(() => scene.exit(100).exit(101, killed(9)));
  t.equal(scene.said.at(-1), 'ended 100 0');
  t.end();
});

test('a job that never hands off ends with its main', (t) => {
  const scene = shell().setsid(101);
  scene.tracker.limitHandOff(JOB, 'never');
  t.equal(scene.exit(100).said.at(-1), 'ended 100 0');
  t.end();
});

test('a COMMAND hands off to a process that has left its session, or does so in a moment', (t) => {
  const command = (): Scene => {
    const scene = shell();
    scene.tracker.limitHandOff(JOB, 'session');
    return scene;
  };
  t.equal(command().setsid(101).exit(100).main, 101);
  t.equal(
    command()
      .exit(100)
      .wait(5 * MILLISECOND)
      .setsid(101).main,
    101,
    'redis calls setsid after its launcher',
  );
  t.equal(
    command().exit(100).wait(SECOND).said.at(-1),
    'ended 100 0',
    'what a shell leaves in the background',
  );
  t.end();
});

/** A settled haproxy, 101, that is asked to end from outside. */
function haproxy(): Scene {
  const scene = new Scene().launch(100, ['haproxy']).exec(100, '/usr/sbin/haproxy', '-D');
  return scene
    .fork(100, 101)
    .setsid(101)
    .exit(100)
    .wait(100 * SECOND);
}

const stranger = (
  writers: Writers,
  uids = [0, 0, 0, 0],
  executable = '/usr/sbin/haproxy',
): UnrelatedProcess => ({
  path: '/run/ha.pid',
  pid: 900,
  born: 1000 * SECOND,
  session: 900,
  program: { argv: ['haproxy', '-sf', '101'], executable },
  uids,
  writers,
});

test('a PID file that nobody but root can write names a main outside the lineage', (t) => {
  const scene = haproxy();
  scene.named = { kind: 'stranger', stranger: stranger({ kind: 'root' }) };
  t.equal(scene.exit(101).main, 900);
  t.ok(scene.tracker.follower(JOB)?.attached);
  t.ok(
    scene.tracker.setMain(JOB, 900, 'hint', 'it names it', scene.now),
    'and what it names is no stranger any more',
  );
  scene.fork(900, 901);
  t.notOk(scene.isDetached(901), 'its workers are members');
  t.equal(
    scene
      .wait(10 * SECOND)
      .exit(900, exited(1))
      .said.at(-1),
    `died 900 ${exited(1)}`,
  );
  t.end();
});

test('a stranger is left alone when it runs another program, or others could have named it', (t) => {
  const refused = [
    stranger({ kind: 'root' }, [0, 0, 0, 0], '/usr/sbin/sshd'),
    stranger({ kind: 'others', why: '/run is writable by everyone' }),
    stranger({ kind: 'job', uid: 33 }),
    stranger({ kind: 'job', uid: 33 }, [33, 33, 0, 33]),
    { ...stranger({ kind: 'root' }), refusedBecause: 'it is an init' },
  ];
  for (const one of refused) {
    const scene = haproxy();
    scene.named = { kind: 'stranger', stranger: one };
    scene.exit(101);
    t.equal(scene.main, 101);
    t.match(scene.verdicts.at(-1), { verdict: 'ended', refused: /names process 900, .*leaves it alone/ });
  }
  const own = haproxy();
  own.named = { kind: 'stranger', stranger: stranger({ kind: 'job', uid: 33 }, [33, 33, 33, 33]) };
  t.equal(own.exit(101).main, 900, 'all of its uids are the job’s');
  t.end();
});

test('a PID file that is being written is waited for', (t) => {
  const scene = haproxy();
  scene.named = { kind: 'soon', why: 'empty' };
  scene.exit(101).wait(100 * MILLISECOND);
  t.notOk(scene.over);
  scene.named = { kind: 'stranger', stranger: stranger({ kind: 'root' }) };
  t.equal(scene.wait(100 * MILLISECOND).main, 900);
  const never = haproxy();
  never.named = { kind: 'soon', why: 'stale' };
  t.ok(never.exit(101).wait(SECOND).over);
  t.end();
});

test('a PID file names a detached process of the lineage', (t) => {
  const scene = haproxy().fork(101, 102).exec(102, 'other').setsid(102).fork(101, 103);
  scene.named = { kind: 'process', process: scene.process(102) };
  t.equal(scene.exit(101).main, 102);
  t.notOk(scene.tracker.follower(JOB)?.attached);
  t.end();
});

test('a run is over only when it has been looked for what no event told of', (t) => {
  const scene = new Scene().launch(100, ['ssh-agent']);
  scene.unseenChildren = true;
  scene.exit(100);
  t.notOk(scene.over);
  scene.fork(100, 101);
  t.equal(scene.wait(SECOND).main, 101);
  const stranger = new Scene().launch(100);
  stranger.unseenChildren = true;
  t.ok(stranger.exit(100).wait(SECOND).over, 'children of others do not keep it open');
  t.end();
});

test('a daemon is found though a scan of /proc has seen its creator before it was known which program that ran', (t) => {
  // what the scan tells is dated when it began: before the exec that it has not seen, and before the forks that it has
  for (const isDead of [false, true]) {
    const scene = new Scene().launch(100, ['sh']);
    const began = scene.now;
    const told = (event: 'fork' | 'exit', parent: number, child: number, time: number): void =>
      scene.tracker.observe(
        [event === 'fork' ? { type: 'fork', parent, child, time } : { type: 'exit', pid: child, time }],
        scene.now,
      );
    scene.together(() => {
      told('fork', 100, 101, began);
      if (isDead) {
        told('fork', 101, 102, began);
        told('exit', 101, 101, began);
      }
      // now the events come that were queued all the while
      scene.exec(100, 'daemon').fork(100, 101).fork(101, 102).setsid(102).exit(101).exit(100);
    });
    t.same(scene.said, ['main 100', 'hand-off 100 102', 'main 102'], isDead ? 'dead by then' : 'alive');
    t.equal(scene.process(101).creator?.forks, 1);
  }
  t.end();
});
