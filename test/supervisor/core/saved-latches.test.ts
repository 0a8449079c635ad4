/** Half an `and` outlives a crash: a new core takes back what expressions hold, after the jobs. */
import { test } from 'tap';
import { DecodeError } from '../../../src/codec/decode-error.js';
import { createCore } from '../../../src/supervisor/core/core.js';
import { World } from './support/world.js';

const SERVICE = 'exec sleep 1000';

/** The jobs come back one by one, as from their files; then what expressions hold. */
function crash(world: World, before: () => void = () => undefined): void {
  const latches: unknown = JSON.parse(JSON.stringify(world.core.latches() ?? null));
  const saved = world.core.jobs(world.now).map(({ ref }) => world.core.save(world.now, ref));
  world.timers.clear();
  world.now = 5000;
  world.core = createCore(world.coreOptions());
  for (const [name, jobClass] of world.classes) world.input({ kind: 'class', name, class: jobClass });
  before();
  for (const one of saved) world.takesBack(one);
  if (latches !== null) world.carryOut(world.core.restoreLatches(latches, world.now));
}

const changes = (world: World): number => world.of('latches-changed').length;

test('start on a and b: the event that has come is remembered, with its variables, and for nobody who waits', (t) => {
  const world = new World({ foo: `start on a and b\n${SERVICE}` });
  const waiting = world.emit('a X=1');
  t.equal(world.answer(waiting), 'waits');
  crash(world);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.equal(world.answer(world.emit('b Y=2')), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 1');
  t.equal(world.variable('foo main', 'X'), '1');
  t.equal(world.variable('foo main', 'UPSTART_EVENTS'), 'a b');
  t.equal(world.core.latches(), undefined, 'nothing is held any more');
  t.end();
});

test('with start matches all, each match is remembered', (t) => {
  const world = new World({ foo: `start on a and b\nstart matches all\ninstance $N\n${SERVICE}` });
  world.emit('a N=1');
  world.emit('a N=2');
  crash(world);
  world.emit('b');
  t.equal(world.status('foo', 'N=1'), 'foo (1) start/running, process 1');
  t.equal(world.status('foo', 'N=2'), 'foo (2) start/running, process 2');
  t.end();
});

test('stop on a and b', (t) => {
  const world = new World({ foo: `stop on a and b\n${SERVICE}` });
  world.command('start foo');
  world.emit('a');
  crash(world);
  t.equal(world.status('foo'), 'foo start/running, process 1');
  world.emit('b');
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('an expression that was changed meanwhile gets what it knows, and nothing is started by it', (t) => {
  const world = new World({ foo: `start on a and b\n${SERVICE}`, bar: `start on a and b\n${SERVICE}` });
  world.emit('a');
  crash(world, () => {
    world.load('foo', `start on c and a\n${SERVICE}`);
    world.load('bar', `start on a\n${SERVICE}`);
  });
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.equal(world.status('bar'), 'bar stop/waiting');
  world.emit('c');
  t.equal(world.status('foo'), 'foo start/running, process 1');
  t.equal(world.status('bar'), 'bar stop/waiting');
  t.end();
});

test('it is told when something changes, and a machine whose jobs wait for one event each never tells', (t) => {
  const world = new World({
    foo: `start on a\nstop on c\n${SERVICE}`,
    bar: `start on a and b\nstop on c and d\n${SERVICE}`,
  });
  world.emit('c');
  t.equal(changes(world), 0);
  world.emit('a');
  t.equal(changes(world), 1);
  world.emit('b');
  t.equal(changes(world), 2);
  t.equal(world.core.latches(), undefined);
  world.emit('c');
  t.equal(changes(world), 3);
  world.command('stop bar');
  t.equal(changes(world), 4);
  t.equal(world.core.latches(), undefined);
  t.end();
});

test('what is no such file is refused before anything has changed', (t) => {
  const world = new World({ foo: SERVICE });
  for (const wrong of [
    null,
    {},
    { version: 1, starts: [{}], stops: [] },
    { version: 2, starts: [], stops: [] },
  ])
    t.throws(() => world.core.restoreLatches(wrong, 0), DecodeError);
  // a file that somebody has changed: as many leaves as the expression has are needed
  const world2 = new World({ foo: `start on a and b\n${SERVICE}` });
  world2.emit('a');
  const latches = JSON.parse(JSON.stringify(world2.core.latches())) as { starts: { leaves: unknown[] }[] };
  latches.starts[0]!.leaves.pop();
  world.core.restoreLatches(latches, 0);
  t.equal(world.core.latches(), undefined);
  t.end();
});

test('what is pending in a pause is emitted again after a crash, and told as long as it is there', (t) => {
  const jobs = Array.from({ length: 6 }, (_, index) => [`job${index}`, `start on go\n${SERVICE}`] as const);
  const world = new World({ ...Object.fromEntries(jobs), last: `start on starting job5\n${SERVICE}` });
  world.emit('go');
  const pending = world.core.pendingEvents();
  t.ok(
    pending.some(({ name, env }) => name === 'starting' && env.includes('JOB=job5')),
    'four jobs are started, then clients are served',
  );
  t.ok(changes(world) > 0);
  crash(world);
  world.passes(1);
  t.equal(world.status('last').replace(/\d+/, 'N'), 'last start/running, process N');
  for (const [name] of jobs) t.match(world.status(name), 'start/running');
  t.equal(world.core.latches(), undefined);
  t.end();
});

test('events that were handled may be saved with those that are pending', (t) => {
  const world = new World({ foo: `start on go\n${SERVICE}` });
  t.equal(world.core.latches(), undefined);
  const handled = [{ id: 1, name: 'go', env: ['X=1'] }];
  const latches: unknown = world.core.latches(handled);
  world.carryOut(world.core.restoreLatches(latches, world.now));
  t.equal(world.variable('foo main', 'X'), '1');
  t.end();
});
