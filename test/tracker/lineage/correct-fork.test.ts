import { test } from 'tap';
import { Lineage } from '../../../src/tracker/lineage/lineage.js';
import { MILLISECOND } from '../support/scene.js';

test('an exec that is told after what it forked since gives them its program, and counts them', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0, ['sh']);
  lineage.fork(100, 101, 1);
  // found by a scan of /proc
  const child = lineage.fork(100, 102, 3)!;
  const grandchild = lineage.fork(102, 103, 4)!;
  const other = lineage.fork(102, 104, 5)!;
  lineage.exec(104, 6, ['helper']);
  lineage.exec(100, 2, ['sshd']);
  t.equal(launcher.forks, 1);
  t.same(child.image, { since: 3, isOwn: false, execedAt: 2, argv: ['sshd'], executable: undefined });
  t.equal(grandchild.image.execedAt, 2);
  t.same(lineage.get(101)?.image.argv, ['sh'], 'not what the former program forked');
  t.same(other.image.argv, ['helper'], 'nor what has exec’d its own');
  t.end();
});

test('a fork event dates a process better than /proc, whose times have ticks, and so decides which program forked it', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  const found = lineage.fork(100, 101, 20 * MILLISECOND)!;
  lineage.exec(100, 15 * MILLISECOND);
  t.equal(launcher.forks, 1);
  lineage.fork(100, 101, 14 * MILLISECOND);
  t.equal(found.born, 14 * MILLISECOND);
  t.equal(found.image.since, 14 * MILLISECOND);
  t.equal(launcher.forks, 0, 'it was forked before the exec');
  lineage.fork(100, 101, 16 * MILLISECOND);
  t.equal(launcher.forks, 1, 'or after it');
  lineage.fork(100, 101, 4 * MILLISECOND);
  t.equal(found.born, 16 * MILLISECOND, 'a tick is all that /proc can be wrong by');
  t.end();
});
