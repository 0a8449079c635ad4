/** The job says who is main: MAINPID of sd_notify(3), and its PID file (DESIGN section 4, "Follower"). */
import { test } from 'tap';
import { JOB, killed, Scene, SECOND } from './support/scene.js';

/** Two processes that nothing tells apart; the one forked last is taken for main. */
function tie(): Scene {
  return new Scene().launch(100).fork(100, 101).setsid(101).fork(100, 102).setsid(102).exit(100).wait(SECOND);
}

const says = (scene: Scene, pid: number, how: 'word' | 'hint'): boolean => {
  const isOwn = scene.tracker.setMain(JOB, pid, how, 'it said so', scene.now);
  scene.wait(0);
  return isOwn;
};

test('a PID file settles a tie', (t) => {
  const scene = tie();
  t.equal(scene.said.at(-1), 'ambiguous 102 102,101');
  t.equal(says(scene, 101, 'hint'), true);
  t.same(scene.said.slice(-2), ['hand-off 102 101', 'main 101']);
  scene.wait(200 * SECOND).exit(102);
  t.equal(scene.main, 101, 'the other one is no main any more');
  scene.exit(101, killed(9));
  t.equal(scene.said.at(-1), 'died 101 9');
  t.end();
});

test('where main is known, a PID file changes nothing', (t) => {
  const scene = new Scene().launch(100).fork(100, 101).setsid(101).exit(100).fork(101, 102);
  t.equal(says(scene, 102, 'hint'), true);
  t.equal(scene.main, 101);
  t.end();
});

test('the word of the job counts at any time, and main before lives on as a member', (t) => {
  const scene = new Scene()
    .launch(100)
    .fork(100, 101)
    .wait(200 * SECOND);
  t.equal(says(scene, 101, 'word'), true);
  t.same(scene.said.slice(-2), ['hand-off 100 101', 'main 101']);
  scene.exit(100, killed(15));
  t.equal(scene.main, 101);
  t.notOk(scene.over);
  t.end();
});

test('a process of another job, of an earlier run, a dead one and a stranger are not believed', (t) => {
  const scene = tie().launch(200, ['other'], 'other job').fork(102, 103).exit(103);
  for (const pid of [200, 103, 500]) {
    t.equal(says(scene, pid, 'word'), false);
    t.equal(says(scene, pid, 'hint'), false);
  }
  scene.vanish(101);
  t.equal(says(scene, 101, 'word'), false);
  t.equal(scene.main, 102);

  const again = tie().launch(300);
  t.equal(says(again, 101, 'word'), false, 'it is of the run before');
  t.equal(again.main, 300);
  t.end();
});
