/** Saved state: a new core takes jobs back as they were. */
import { test, type Test } from 'tap';
import { createCore } from '../../../src/supervisor/core/core.js';
import { exited, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';

/** The supervisor is replaced: through JSON, with a clock that begins elsewhere. */
function reexec(world: World, elapsed = 0): void {
  const saved: unknown = JSON.parse(JSON.stringify(world.core.save(world.now)));
  world.timers.clear();
  world.now = 5000;
  world.core = createCore(world.coreOptions());
  for (const [name, jobClass] of world.classes) world.input({ kind: 'class', name, class: jobClass });
  world.carryOut(world.core.restore(saved, world.now, elapsed));
}

function saved(t: Test, change: (job: Record<string, unknown>) => void): unknown {
  const world = new World({ foo: SERVICE });
  world.command('start foo');
  const state = JSON.parse(JSON.stringify(world.core.save(world.now))) as { jobs: Record<string, unknown>[] };
  const [job] = state.jobs;
  t.ok(job);
  change(job!);
  return state;
}

test('a running job comes back with pid, goal, state and variables, and respawns as before', (t) => {
  const world = new World({ foo: `respawn\nrespawn limit 1 60\ninstance $N\n${SERVICE}` });
  world.command('start foo N=a X=1');
  world.ends('foo (a)', 'main', exited(1));
  reexec(world);
  t.equal(world.status('foo', 'N=a'), 'foo (a) start/running, process 2');
  t.equal(world.view('foo (a)')?.respawns, 1);
  world.command('restart foo N=a X=2');
  t.equal(world.variable('foo main', 'X'), '2');
  world.ends('foo (a)', 'main', exited(1));
  t.equal(world.variable('foo main', 'X'), '2');
  world.ends('foo (a)', 'main', exited(1));
  t.equal(world.core.jobs(world.now).length, 0, 'the limit still counts');
  t.end();
});

test('the respawn window goes on from where it was', (t) => {
  const world = new World({ foo: `respawn\nrespawn limit 1 60\n${SERVICE}` });
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  reexec(world, 61_000);
  world.ends('foo', 'main', exited(1));
  t.match(world.status('foo'), /running/);
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('timers go on with what is left of them', (t) => {
  const world = new World({ foo: SERVICE });
  world.stubborn.add('foo');
  world.command('start foo');
  world.command('stop foo');
  world.passes(2000);
  reexec(world, 1000);
  t.equal(world.of('expect-end').length, 2, 'the tracker is told again that the end is wanted');
  world.passes(1999);
  t.equal(world.status('foo'), 'foo stop/killed, process 1');
  world.passes(1);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('a hook that runs goes on, and the job after it', (t) => {
  const world = new World({ foo: `pre-start exec a\n${SERVICE}` });
  world.command('start foo');
  reexec(world);
  t.equal(world.status('foo'), 'foo start/pre-start, process 1');
  world.ends('foo', 'pre-start');
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.end();
});

test('an end of members that was asked for is asked for again', (t) => {
  const world = new World({ foo: `respawn\n${SERVICE}` });
  world.slowMembers.add('foo');
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  world.slowMembers.clear();
  reexec(world);
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.end();
});

test('events that expressions hold are still held, with what they carry', (t) => {
  const world = new World({
    foo: `start on a X=1 and a\nstop on y and z\n${SERVICE}`,
    bar: `start on a and b\n${SERVICE}`,
  });
  world.emit('a X=1 Y=2');
  t.match(world.status('foo'), /running/, 'one event may satisfy both leaves');
  world.emit('y');
  reexec(world);
  t.same(world.core.pending(world.now), [
    { what: 'event a X=1 Y=2', waitsFor: ['start on of bar, which also waits for b'] },
    { what: 'event y', waitsFor: ['stop on of foo, which also waits for z'] },
  ]);
  world.emit('b');
  t.equal(world.variable('bar main', 'Y'), '2');
  world.emit('z');
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.same(world.core.pending(world.now), []);
  t.end();
});

test('a job that waits for its event goes on when the others are done', (t) => {
  const world = new World({ foo: SERVICE, h: 'start on starting foo\ntask\nexec x' });
  world.command('start foo');
  reexec(world);
  t.equal(world.status('foo'), 'foo start/starting');
  world.ends('h', 'main');
  t.match(world.status('foo'), /running/);
  t.end();
});

test('one job by itself: what it waited for is taken for done', (t) => {
  const world = new World({ foo: SERVICE, h: 'start on starting foo\ntask\nexec x' });
  world.command('start foo');
  const alone = world.core.save(world.now, { name: 'foo', instance: '' });
  const other = new World({ foo: SERVICE });
  other.carryOut(other.core.restore(alone, other.now));
  t.match(other.status('foo'), /running/);
  t.same(world.core.save(world.now, { name: 'nosuch', instance: '' }).jobs, []);
  t.end();
});

test('a job whose file has changed meanwhile keeps its class until it has stopped; one whose file is gone too', (t) => {
  const world = new World({ foo: `respawn\nenv V=1\n${SERVICE}`, gone: SERVICE });
  world.command('start foo');
  world.command('start gone');
  const state = world.core.save(world.now);
  const next = new World({ foo: `respawn\nenv V=2\n${SERVICE}` });
  next.carryOut(next.core.restore(state, next.now));
  next.ends('foo', 'main', exited(1));
  t.equal(next.variable('foo main', 'V'), '1');
  next.command('stop foo');
  next.command('start foo');
  t.equal(next.variable('foo main', 'V'), '2');
  next.command('stop gone');
  t.equal(next.status('gone'), 'Unknown job: gone');
  t.end();
});

test('what is not saved state is refused, with the place and what was expected there', (t) => {
  const world = new World({ foo: SERVICE });
  const refuses = (state: unknown, message: string): void => {
    t.throws(() => world.core.restore(state, world.now), { name: 'SavedStateError', message });
  };
  refuses(null, 'saved state: top level: expected an object, found null');
  refuses({ version: 2 }, 'saved state: version: this is version 2, and only 1 is understood');
  refuses({ version: 1, events: 3 }, 'saved state: events: expected a list, found 3');
  refuses(
    saved(t, (job) => (job['state'] = 'runing')),
    `saved state: jobs[0].state: expected one of waiting, starting, security, pre-start, spawned, post-start, running, pre-stop, stopping, killed, post-stop, found "runing"`,
  );
  refuses(
    saved(t, (job) => (job['processes'] = [{ process: 'main', pid: 0, age: 1 }])),
    'saved state: jobs[0].processes[0].pid: expected a process id, found 0',
  );
  refuses(
    saved(t, (job) => delete job['run']),
    'saved state: jobs[0].run: expected an object, found nothing',
  );
  refuses(
    saved(t, (job) => (job['state'] = 'waiting')),
    'saved state: jobs[0].state: a job in waiting is no job',
  );
  t.same(world.core.jobs(world.now), [], 'nothing was changed');
  world.command('start foo');
  refuses(
    saved(t, () => undefined),
    'saved state: jobs[0]: there is a job foo already',
  );
  t.end();
});
