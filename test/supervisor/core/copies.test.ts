/** `instances N`: copies of a job, and `foster scale`. */
import { test } from 'tap';
import { exited, World } from './support/world.js';

const WEB = 'instances 3\nexec sleep 1000';

/** `web (1) start/running, process 1` for each job that lives. */
function jobs(world: World): readonly string[] {
  return world.core
    .jobs(world.now)
    .map(({ ref, goal, state }) => `${ref.name} (${ref.instance}) ${goal}/${state}`);
}

function living(world: World, name: string): readonly string[] {
  return world.core.classes().find((view) => view.name === name)!.instances;
}

function idle(world: World, name: string): readonly string[] {
  return world.core
    .classes()
    .find((view) => view.name === name)!
    .idle.map(({ instance, lastEnd }) => (lastEnd?.failure === undefined ? instance : `${instance} failed`));
}

test('a start means all copies, each of which knows its number', (t) => {
  const world = new World({ web: 'instances 3\nenv INSTANCE=none\nexec sleep 1000' });
  const start = world.foster('start web');
  t.same(jobs(world), ['web (1) start/running', 'web (2) start/running', 'web (3) start/running']);
  t.same(
    world.of('spawn').map(({ env }) => env.filter((one) => one.includes('INSTANCE='))),
    [1, 2, 3].map((number) => [`INSTANCE=${number}`, `UPSTART_INSTANCE=${number}`]),
  );
  t.same(world.answers(start), [], 'each is answered when its run has settled');
  world.passes(10_000);
  t.same(world.answers(start), ['1: ok', '2: ok', '3: ok']);
  const again = world.foster('start web');
  t.same(
    world.answers(again),
    [1, 2, 3].map((number) => `${number}: Job is already running: web (${number})`),
  );
  t.end();
});

test('one copy is named by its number, also when it does not run', (t) => {
  const world = new World({ web: WEB });
  t.equal(world.answer(world.command('start web INSTANCE=2')), 'ok');
  t.equal(world.answer(world.command('start web', { instance: '3' })), 'ok');
  t.same(living(world, 'web'), ['2', '3']);
  t.equal(world.variable('web main', 'INSTANCE'), '3');
  t.equal(world.answer(world.command('start web INSTANCE=4')), 'Unknown instance: 4');
  t.equal(world.answer(world.command('start web', { instance: '4' })), 'Unknown instance: 4');
  t.equal(world.answer(world.foster('stop web INSTANCE=1')), 'ok', 'it is stopped already');
  t.equal(world.answer(world.foster('stop web INSTANCE=2')), 'ok');
  t.same(idle(world, 'web'), ['1', '2']);
  t.equal(world.status('web', 'INSTANCE=2'), 'web stop/waiting');
  t.equal(world.status('web'), 'Unknown parameter: INSTANCE');
  t.end();
});

test('stop and reload mean the copies that run', (t) => {
  const world = new World({ web: WEB });
  world.command('start web');
  world.command('stop web INSTANCE=2');
  t.same(world.answers(world.command('reload web')), ['1: ok', '3: ok']);
  t.same(
    world.of('signal').map(({ signal, job }) => `${signal} ${job.instance}`),
    ['TERM 2', 'CONT 2', 'HUP 1', 'HUP 3'],
  );
  t.same(world.answers(world.command('stop web')), ['1: ok', '3: ok']);
  t.same(living(world, 'web'), []);
  t.equal(world.answer(world.foster('stop web')), 'ok');
  t.equal(world.answer(world.command('stop web')), 'Unknown instance: ');
  t.end();
});

test('a restart starts those that are stopped, too; initctl restarts those that run', (t) => {
  const world = new World({ web: WEB });
  t.equal(world.answer(world.command('restart web')), 'Unknown instance: ');
  world.command('start web INSTANCE=1');
  t.same(world.answers(world.command('restart web')), ['1: ok']);
  const restart = world.foster('restart web');
  world.passes(10_000);
  t.same(world.answers(restart), ['1: ok', '2: ok', '3: ok']);
  t.same(living(world, 'web'), ['1', '2', '3']);
  t.end();
});

test('events start all copies, whatever INSTANCE they bring, and wait for each', (t) => {
  const world = new World({
    web: 'instances 2\nstart on started db\nstop on stopping db\npost-start exec true\nexec sleep 1000',
    db: 'exec sleep 1000',
  });
  world.command('start db');
  t.same(jobs(world), ['db () start/running', 'web (1) start/post-start', 'web (2) start/post-start']);
  t.equal(world.variable('web main', 'INSTANCE'), '2');
  world.ends('web (1)', 'post-start');
  world.ends('web (2)', 'post-start');
  const stop = world.command('stop db');
  t.equal(world.answer(stop), 'ok');
  t.same(jobs(world), []);
  t.end();
});

test('scale starts and stops as many as it takes, and leaves the others alone', (t) => {
  const world = new World({ web: WEB });
  world.command('start web');
  const before = world.pid('web (1)', 'main');
  t.same(world.answers(world.command('scale web', { count: 5 })), ['4: ok', '5: ok']);
  t.same(living(world, 'web'), ['1', '2', '3', '4', '5']);
  t.match(world.view('web (5)')?.history.started, { cause: { kind: 'command', verb: 'scale' } });
  t.match(world.view('web (1)')?.copies, { count: 5, first: 1, inFile: 3 });
  t.same(world.answers(world.command('scale web', { count: 1 })), ['5: ok', '4: ok', '3: ok', '2: ok']);
  t.same(living(world, 'web'), ['1']);
  t.equal(world.pid('web (1)', 'main'), before);
  t.same(idle(world, 'web'), [], 'those that are not wanted are not shown as stopped');
  t.equal(world.answer(world.command('start web INSTANCE=2')), 'Unknown instance: 2');
  t.same(world.answers(world.command('scale web')), ['2: ok', '3: ok'], 'as the file says');
  t.equal(world.view('web (1)')?.copies?.inFile, undefined);
  t.equal(world.answer(world.command('scale web')), 'ok', 'nothing is to be done');
  t.same(world.answers(world.command('scale web', { count: 0 })), ['3: ok', '2: ok', '1: ok']);
  t.same(idle(world, 'web'), ['']);
  t.end();
});

test('scale needs `instances`', (t) => {
  const world = new World({ nap: 'exec sleep 1000' });
  t.equal(world.answer(world.command('scale nap', { count: 2 })), 'Job has no instances to scale: nap');
  t.equal(world.answer(world.command('scale nosuch', { count: 2 })), 'Unknown job: nosuch');
  t.end();
});

test('scale brings back a copy that has failed', (t) => {
  const world = new World({ web: WEB });
  world.command('start web');
  world.ends('web (2)', 'main', exited(1));
  t.same(idle(world, 'web'), ['2 failed']);
  t.same(world.answers(world.command('scale web')), ['2: ok']);
  world.ends('web (2)', 'main', exited(1));
  t.same(idle(world, 'web'), ['2 failed']);
  world.command('reset-failed web');
  t.same(idle(world, 'web'), ['2']);
  t.end();
});

test('instances cpus, and numbers that begin elsewhere', (t) => {
  const world = new World({ web: 'instances cpus 8080\nexec sleep 1000' }, { processors: 2 });
  world.command('start web');
  t.same(living(world, 'web'), ['8080', '8081']);
  t.end();
});

test('another number in the file counts at once, and starts and stops nothing', (t) => {
  const world = new World({ web: WEB });
  world.command('start web');
  world.command('scale web', { count: 4 });
  world.load('web', 'instances 2\nexec sleep 1000');
  t.same(living(world, 'web'), ['1', '2', '3', '4']);
  t.same(world.view('web (1)')?.copies, { count: 2, first: 1 }, 'what scale has said is over');
  t.equal(world.view('web (1)')?.class, world.classes.get('web'), 'it runs as its file says');
  t.same(world.answers(world.command('scale web')), ['4: ok', '3: ok']);
  world.load('web', 'instances 3\nexec sleep 1000');
  t.same(idle(world, 'web'), ['3']);
  t.same(world.answers(world.foster('start web')).length, 2);
  t.same(living(world, 'web'), ['1', '2', '3']);
  t.end();
});

test('a restart takes the file as it is now, also where it has instances now, or none any more', (t) => {
  const world = new World({ web: 'exec sleep 1000' });
  world.command('start web');
  world.load('web', 'instances 2\nexec sleep 2000');
  const more = world.command('restart web', { dialect: 'foster', fresh: true });
  t.same([...world.answers(more)].sort(), ['1: ok', '2: ok', ': ok']);
  t.same(jobs(world), ['web (1) start/running', 'web (2) start/running']);
  world.load('web', 'exec sleep 3000');
  const one = world.command('restart web', { dialect: 'foster', fresh: true });
  t.same([...world.answers(one)].sort(), ['1: ok', '2: ok', ': ok']);
  t.same(jobs(world), ['web () start/running']);
  t.end();
});

test('a job that requires another waits for all its copies, and goes on while one of them is up', (t) => {
  const world = new World({
    app: 'requires web\nexec sleep 1000\npost-stop exec c',
    web: 'instances 2\npost-start exec b\nexec sleep 1000',
  });
  const start = world.command('start app');
  world.ends('web (1)', 'post-start');
  t.equal(world.answer(start), 'waits');
  world.ends('web (2)', 'post-start');
  t.equal(world.answer(start), 'ok');
  world.command('stop web INSTANCE=1');
  t.match(world.status('app'), /start\/running/);
  world.command('start web INSTANCE=1');
  world.ends('web (1)', 'post-start');
  const stop = world.command('stop web');
  t.match(world.status('app'), /stop\/post-stop/);
  t.match(jobs(world), ['app () stop/post-stop', 'web (2) stop/stopping', 'web (1) stop/stopping']);
  world.ends('app', 'post-stop');
  t.same(world.answers(stop).length, 2);
  t.end();
});

test('a job that requires two stops before either of them', (t) => {
  const world = new World({
    app: 'requires one\nrequires two\nexec sleep 1000\npost-stop exec c',
    one: 'exec sleep 1000\nstop on halt',
    two: 'exec sleep 1000\nstop on halt',
  });
  world.command('start app');
  world.emit('halt');
  t.match(world.status('one'), /stop\/stopping/);
  t.match(world.status('two'), /stop\/stopping/);
  world.ends('app', 'post-stop');
  t.same(jobs(world), []);
  t.end();
});

test('what scale has said outlives a re-exec, and a crash', (t) => {
  const world = new World({ web: WEB });
  world.command('start web');
  world.command('scale web', { count: 4 });
  const [whole, parts] = [
    world.core.save(world.now),
    living(world, 'web').map((instance) => world.core.save(world.now, { name: 'web', instance })),
  ];
  const reexec = new World({ web: WEB });
  reexec.takesBack(whole);
  t.match(reexec.view('web (4)')?.copies, { count: 4, inFile: 3 });
  const crash = new World({ web: WEB });
  for (const part of parts) crash.takesBack(part);
  t.match(crash.view('web (1)')?.copies, { count: 4, inFile: 3 });
  const edited = new World({ web: 'instances 2\nexec sleep 1000' });
  edited.takesBack(whole);
  t.same(edited.view('web (1)')?.copies, { count: 2, first: 1 }, 'the number was edited meanwhile');
  t.end();
});

test('how copies that are gone have ended outlives a re-exec', (t) => {
  const world = new World({ web: WEB });
  world.command('start web');
  world.ends('web (1)', 'main', exited(1));
  world.ends('web (2)', 'main', exited(0));
  const reexec = new World({ web: WEB });
  reexec.takesBack(world.core.save(world.now));
  t.same(idle(reexec, 'web'), ['1 failed', '2']);
  t.end();
});
