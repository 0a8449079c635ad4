import { memoryUsage } from 'node:process';
import { test } from 'tap';
import { Lineage } from '../../../src/tracker/lineage/lineage.js';
import { jobLineage, type Process } from '../../../src/tracker/model.js';
import { MILLISECOND, SECOND } from '../support/scene.js';

function pids(processes: Iterable<Process>): number[] {
  return [...processes].map(({ pid }) => pid);
}

test('a launcher leads a session of its own and descends from itself', (t) => {
  const launcher = new Lineage().launch(100, 0, ['sshd', '-D']);
  t.equal(launcher.launcher, launcher);
  t.equal(launcher.session.id, 100);
  t.equal(launcher.session.leader, launcher);
  t.same(launcher.image.argv, ['sshd', '-D']);
  t.end();
});

test('a child inherits launcher, session and program of its creator', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0, ['nginx']);
  const child = lineage.fork(100, 101, 1)!;
  t.equal(child.creator, launcher);
  t.equal(child.launcher, launcher);
  t.equal(child.session, launcher.session);
  t.same(child.image.argv, ['nginx']);
  t.notOk(child.image.isOwn, 'it has not exec’d by itself');
  t.end();
});

test('a creator is remembered after its death, when the kernel has long forgotten it', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  lineage.fork(100, 101, 1);
  lineage.exit(100, 2, 0);
  t.equal(lineage.get(101)?.creator, launcher);
  t.end();
});

test('a fork by a stranger is none of ours', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  t.equal(lineage.fork(500, 501, 1), undefined);
  t.equal(lineage.get(501), undefined);
  t.end();
});

test('a process that a scan found before its creator comes behind it in what is saved', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  // the scan takes the orphan for a fork of the launcher, and a child of it for that orphan's
  lineage.fork(100, 102, 1);
  lineage.fork(102, 103, 1);
  lineage.fork(100, 101, 2);
  const daemon = lineage.fork(101, 102, 3)!;
  t.equal(daemon.creator?.pid, 101);
  t.ok(daemon.isDirectChild);
  const processes = lineage.descendants(launcher);
  t.same(pids(processes), [100, 101, 102, 103]);
  const saved: unknown = JSON.parse(
    JSON.stringify(jobLineage.write({ processes, follower: undefined }, undefined)),
  );
  t.same(pids(jobLineage.read(saved, undefined).processes), [100, 101, 102, 103]);
  t.end();
});

test('a fork that is told twice makes one process', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  const child = lineage.fork(100, 101, 5);
  t.equal(lineage.fork(100, 101, 5), child);
  t.end();
});

test('a fork that is told after the death of the forking process counts: the news of the death may be faster', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  lineage.exit(100, 10, 0);
  t.same(lineage.fork(100, 101, 9)?.creator?.pid, 100);
  t.end();
});

test('an exec gives a process its own program and begins a new count of what it forked since', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0, ['sh']);
  lineage.fork(100, 101, 1);
  lineage.exec(100, 2, ['/usr/sbin/sshd'], '/usr/sbin/sshd');
  t.same(launcher.image, {
    since: 2,
    isOwn: true,
    execedAt: 2,
    argv: ['/usr/sbin/sshd'],
    executable: '/usr/sbin/sshd',
  });
  t.equal(launcher.forks, 0);
  t.end();
});

test('setsid makes a process the leader of a new session, into which its later children are born', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  const daemon = lineage.fork(100, 101, 1)!;
  lineage.setsid(101, 2);
  const worker = lineage.fork(101, 102, 3)!;
  t.same([daemon.session.id, daemon.sessionSince], [101, 2]);
  t.equal(worker.session, daemon.session);
  t.end();
});

test('a session is not its number: a later session with a recycled number is another one', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  const first = lineage.fork(100, 101, 1)!;
  lineage.setsid(101, 2);
  lineage.exit(101, 3, 0);
  const second = lineage.fork(100, 101, 4)!;
  lineage.setsid(101, 5);
  t.equal(first.session.id, second.session.id);
  t.not(first.session, second.session);
  t.end();
});

test('a death brings a notice of adoption for each living child, in the order of birth, naming the former parent', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  for (const child of [103, 101, 102]) lineage.fork(100, child, child);
  lineage.exit(101, 200, 0);
  t.same(lineage.exit(100, 300, 0), [
    { type: 'adopted', time: 300, pid: 103, formerParent: 100 },
    { type: 'adopted', time: 300, pid: 102, formerParent: 100 },
  ]);
  t.same(lineage.exit(100, 301, 0), [], 'no notices at the second telling');
  t.end();
});

test('the end of a process may be told twice: the moment stays the first, the status is the last one known', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  lineage.exit(100, 5, undefined);
  t.same(launcher.ended, { at: 5, status: undefined });
  lineage.exit(100, 6, 256);
  t.same(launcher.ended, { at: 5, status: 256 });
  lineage.exit(100, 7, undefined);
  t.same(launcher.ended, { at: 5, status: 256 }, 'nothing known does not replace something known');
  t.end();
});

test('an exit event may come after the reaping, and tells of an earlier time', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  lineage.exit(100, 9, 0);
  lineage.exit(100, 5, 0);
  t.same(launcher.ended, { at: 5, status: 0 });
  t.end();
});

test('the living of a launcher are found behind dead creators, in the order of birth', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  lineage.fork(100, 101, 1);
  lineage.fork(101, 102, 2);
  lineage.fork(100, 103, 3);
  lineage.exit(101, 4, 0);
  lineage.exit(100, 5, 0);
  t.same(pids(lineage.living(launcher)), [102, 103]);
  t.end();
});

test('a fork event that comes after /proc has told of the process is about the same one, though ticks make it seem later', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  const found = lineage.fork(100, 101, 1 * SECOND)!;
  t.equal(lineage.fork(100, 101, 1 * SECOND + 9 * MILLISECOND), found);
  t.equal(lineage.fork(7, 101, 1 * SECOND + 9 * MILLISECOND), undefined, 'even if its creator is not known');
  t.equal(lineage.get(101), found);
  t.equal(found.ended, undefined);
  t.end();
});

test('a pid that recurs within the lineage ends the process that had it', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  const first = lineage.fork(100, 101, 1)!;
  const second = lineage.fork(100, 101, 9 * SECOND)!;
  t.ok(first.ended);
  t.equal(lineage.get(101), second);
  t.same(pids(lineage.living(launcher)), [100, 101]);
  t.end();
});

test('a pid that recurs for a stranger ends the process that had it, and the stranger is none of ours', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  const ours = lineage.fork(100, 101, 1)!;
  lineage.fork(7, 101, 10 * SECOND);
  t.ok(ours.ended, 'the exit event was lost');
  t.equal(lineage.get(101), undefined);
  t.equal(lineage.fork(101, 102, 11 * SECOND), undefined, 'nor is what the stranger forks');
  t.same(pids(lineage.living(launcher)), [100]);
  t.end();
});

test('what a stranger with a recycled pid does is not told of the process that had it', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  const ours = lineage.fork(100, 101, 1)!;
  lineage.exit(101, 2, 256);
  lineage.fork(7, 101, 10);
  lineage.exec(101, 11, ['stranger']);
  lineage.setsid(101, 12);
  lineage.exit(101, 13, 0);
  t.same(ours.ended, { at: 2, status: 256 });
  t.equal(ours.session.id, 100);
  t.notOk(ours.image.isOwn);
  t.end();
});

test('an ended process without children is forgotten after a while, when no news of it can be queued any more', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  lineage.fork(100, 101, 1);
  lineage.exit(101, 2, 0);
  lineage.purge(SECOND);
  t.ok(lineage.get(101), 'not at once');
  lineage.purge(10 * SECOND);
  t.equal(lineage.get(101), undefined);
  t.end();
});

test('an ended creator stays in the chain as long as a launcher may take to start, and then gives its children to its own creator', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  const intermediate = lineage.fork(100, 101, 1)!;
  const daemon = lineage.fork(101, 102, 2)!;
  lineage.exit(101, 3, 0);
  lineage.purge(90 * SECOND);
  t.equal(daemon.creator, intermediate);
  lineage.purge(200 * SECOND);
  t.equal(daemon.creator, launcher);
  t.notOk(daemon.forgottenCreatorFailed, 'the forgotten intermediate had status 0');
  t.same(pids(lineage.living(launcher)), [100, 102]);
  t.end();
});

test('that a forgotten creator failed is not forgotten', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  lineage.fork(100, 101, 1);
  const orphan = lineage.fork(101, 102, 2)!;
  lineage.exit(101, 3, 256);
  lineage.purge(90 * SECOND);
  lineage.purge(200 * SECOND);
  t.ok(orphan.forgottenCreatorFailed);
  t.end();
});

test('a forgotten creator whose status nobody knows does not count as failed: perf sees no statuses', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  lineage.fork(100, 101, 1);
  const daemon = lineage.fork(101, 102, 2)!;
  lineage.exit(101, 3, undefined);
  lineage.purge(90 * SECOND);
  lineage.purge(200 * SECOND);
  t.equal(daemon.creator?.pid, 100);
  t.notOk(daemon.forgottenCreatorFailed);
  t.end();
});

test('an ended creator goes with the last of its children', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  lineage.fork(100, 101, 1);
  lineage.fork(101, 102, 2);
  lineage.exit(101, 3, 0);
  lineage.purge(10 * SECOND);
  lineage.exit(102, 11 * SECOND, 0);
  lineage.purge(20 * SECOND);
  t.same(pids(lineage.all()), [100]);
  t.end();
});

test('a dropped launcher takes everything that descends from it along, and nothing else', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(100, 0);
  lineage.fork(100, 101, 1);
  lineage.fork(101, 102, 2);
  lineage.launch(200, 3);
  lineage.drop(launcher);
  t.same(pids(lineage.all()), [200]);
  t.end();
});

test('a million short forks in one job leave a small table', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  let largest = 0;
  for (let round = 0; round < 10_000; round++) {
    for (let child = 0; child < 100; child++) {
      const time = round * 100 * MILLISECOND + child * MILLISECOND;
      const pid = 1000 + ((round * 100 + child) % 30_000);
      lineage.fork(100, pid, time);
      lineage.exit(pid, time + 1, 0);
    }
    lineage.purge(round * 100 * MILLISECOND);
    if (round % 100 === 0) largest = Math.max(largest, [...lineage.all()].length);
  }
  t.ok(largest < 6000, `at most what ended in the last seconds is kept, not ${largest}`);
  lineage.purge(2000 * SECOND);
  t.same(pids(lineage.all()), [100]);
  t.equal(lineage.get(100)?.children.size, 0);
  t.end();
});

test('a program that hands itself on by forking, for ever, does not fill the memory', (t) => {
  const lineage = new Lineage();
  const launcher = lineage.launch(1000, 0);
  let pid = 1000;
  for (let step = 1; step <= 20_000; step++) {
    const time = step * 100 * MILLISECOND;
    const next = 1000 + (step % 30_000);
    lineage.fork(pid, next, time);
    lineage.exit(pid, time + 1, 0);
    lineage.purge(time);
    pid = next;
  }
  const kept = [...lineage.all()].length;
  t.ok(kept < 2000, `only the creators of the last two minutes are kept, not ${kept}`);
  let length = 0;
  for (let process = lineage.get(pid); process !== undefined; process = process.creator) length++;
  t.ok(length < 2000, 'and the chain of creators is as short');
  t.same(pids(lineage.living(launcher)), [pid]);
  t.end();
});

test('nor does one that leaves its session each time: sessions do not hold on to those before them', (t) => {
  const lineage = new Lineage();
  lineage.launch(1000, 0);
  let pid = 1000;
  for (let step = 1; step <= 20_000; step++) {
    const time = step * 100 * MILLISECOND;
    const next = 1000 + (step % 30_000);
    lineage.fork(pid, next, time);
    lineage.setsid(next, time + 1);
    lineage.exit(pid, time + 2, 0);
    lineage.purge(time);
    pid = next;
  }
  let length = 0;
  for (let process = lineage.get(pid); process !== undefined; length++) {
    const { leader } = process.imageSession;
    process = leader === process ? undefined : leader;
  }
  t.ok(length < 2000, `the chain of sessions is as short as that of creators, not ${length}`);
  t.end();
});

test('launchers are known as long as anything of theirs is', (t) => {
  const lineage = new Lineage();
  lineage.launch(100, 0);
  lineage.fork(100, 101, 1);
  const other = lineage.launch(200, 2);
  t.same(pids(lineage.launchers()), [100, 200]);
  lineage.exit(100, 3, 0);
  lineage.purge(10 * SECOND);
  t.same(pids(lineage.launchers()), [100, 200], 'its child lives');
  lineage.drop(other);
  t.same(pids(lineage.launchers()), [100]);
  lineage.exit(101, 20 * SECOND, 0);
  lineage.purge(40 * SECOND);
  t.same(pids(lineage.launchers()), []);
  t.end();
});

test('a fork allocates little: in a storm, most of its cost is the collection of garbage', (t) => {
  const FORKS = 500;
  const lineage = new Lineage();
  lineage.launch(1, 0, ['sh']);
  let pid = 2;
  const round = (): number => {
    const before = memoryUsage().heapUsed;
    for (const last = pid + FORKS; pid < last; pid += 1) lineage.fork(1, pid, pid);
    return (memoryUsage().heapUsed - before) / FORKS;
  };
  // a collection in between makes a round look cheaper, and the first ones compile
  const rounds = Array.from({ length: 20 }, round)
    .slice(5)
    .sort((one, other) => one - other);
  const typical = rounds[Math.floor(rounds.length * 0.75)]!;
  t.ok(typical < 1500, `${Math.round(typical)} bytes a fork`);
  t.end();
});
