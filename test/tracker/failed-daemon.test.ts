/** A launcher says 0, and the daemon that it made has failed: so has the start (sshd on a taken port). */
import { test } from 'tap';
import { exited, MILLISECOND, Scene } from './support/scene.js';

const LAUNCHER = 10;
const CHILD = 11;

test('a daemon that fails after its launcher has ended', (t) => {
  const scene = new Scene().launch(LAUNCHER).fork(LAUNCHER, CHILD).setsid(CHILD);
  scene.together(() => scene.exit(LAUNCHER).wait(MILLISECOND).exit(CHILD, exited(255)));
  t.equal(scene.said.at(-1), `died ${LAUNCHER} ${exited(255)}`);
  t.end();
});

test('a daemon that has left the session of its launcher, and fails before that one ends', (t) => {
  const scene = new Scene().launch(LAUNCHER).fork(LAUNCHER, CHILD).setsid(CHILD);
  scene.exit(CHILD, exited(255)).exit(LAUNCHER);
  t.equal(scene.said.at(-1), `died ${LAUNCHER} ${exited(255)}`);
  t.end();
});

test('a helper that fails in the session of the launcher is the business of the launcher', (t) => {
  const scene = new Scene().launch(LAUNCHER).fork(LAUNCHER, CHILD).exit(CHILD, exited(1)).exit(LAUNCHER);
  t.equal(scene.said.at(-1), `ended ${LAUNCHER} 0`);
  t.end();
});
