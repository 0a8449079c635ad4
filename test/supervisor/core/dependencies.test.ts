import { test } from 'tap';
import { exited, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';

test('requires starts the other jobs first, and waits until they run', (t) => {
  const world = new World({
    app: `requires db cache\n${SERVICE}`,
    db: `post-start exec b\n${SERVICE}`,
    cache: SERVICE,
  });
  const start = world.command('start app');
  t.match(world.status('db'), /start\/post-start/);
  t.match(world.status('cache'), /start\/running/);
  t.equal(world.status('app'), 'app start/starting');
  t.match(world.view('app')?.waitsFor, /db \(start\/post-start\)/);
  world.ends('db', 'post-start');
  t.equal(world.answer(start), 'ok');
  t.end();
});

test('requires: a job fails when one that it requires does not start, or does not exist', (t) => {
  const world = new World({
    app: `requires db\n${SERVICE}`,
    db: `pre-start exec a\n${SERVICE}`,
    bad: `requires nosuch\n${SERVICE}`,
  });
  const start = world.command('start app');
  world.ends('db', 'pre-start', exited(1));
  t.match(
    world.answer(start),
    /^Job failed to start: required job db is not running: pre-start process \(\d+\) terminated with status 1$/,
  );
  t.equal(world.status('app'), 'app stop/waiting');
  t.same(world.events('stopped').at(-1), 'stopped JOB=app INSTANCE= RESULT=failed PROCESS=requires');
  t.equal(
    world.answer(world.command('start bad')),
    'Job failed to start: required job nosuch does not exist',
  );
  t.end();
});

test('requires: a job is stopped before one that it requires, but not by its respawn', (t) => {
  const world = new World({ app: `requires db\npost-stop exec d\n${SERVICE}`, db: `respawn\n${SERVICE}` });
  world.command('start app');
  world.ends('db', 'main', exited(1));
  t.match(world.status('app'), /start\/running/);
  const stop = world.command('stop db');
  t.match(world.status('app'), /stop\/post-stop/);
  t.match(world.status('db'), /stop\/stopping, process/);
  world.ends('app', 'post-stop');
  t.equal(world.answer(stop), 'ok');
  t.end();
});

test('requires: a task has to have succeeded', (t) => {
  const world = new World({ app: `requires setup\n${SERVICE}`, setup: 'task\nexec true' });
  const start = world.command('start app');
  t.equal(world.answer(start), 'waits');
  world.ends('setup', 'main');
  t.equal(world.answer(start), 'ok');
  world.command('stop app');
  const again = world.command('start app');
  world.ends('setup', 'main', exited(1));
  t.match(world.answer(again), /required job setup/);
  t.end();
});

test('requires: jobs that require each other start together', (t) => {
  const world = new World({ a: `requires b\n${SERVICE}`, b: `requires a\n${SERVICE}` });
  t.equal(world.answer(world.command('start a')), 'ok');
  t.match(world.status('b'), /running/);
  t.same(world.logged('each other'), ['b and a wait for each other: b goes on']);
  t.end();
});

test('after waits for jobs that are starting too, and for no others', (t) => {
  const world = new World({
    app: `start on go\nafter db\n${SERVICE}`,
    db: `start on go\npost-start exec b\n${SERVICE}`,
  });
  t.equal(world.answer(world.command('start app')), 'ok', 'db is not starting');
  world.command('stop app');
  world.command('start db');
  const start = world.command('start app');
  t.equal(world.answer(start), 'waits');
  world.ends('db', 'post-start');
  t.equal(world.answer(start), 'ok');
  world.command('stop db');
  t.match(world.status('app'), /running/);
  t.end();
});

test('after: both started by one event, in either order', (t) => {
  for (const names of [
    ['app', 'db'],
    ['db', 'app'],
  ]) {
    const texts: Record<string, string> = {
      app: `start on go\nafter db\n${SERVICE}`,
      db: `start on go\npre-start exec a\n${SERVICE}`,
    };
    const world = new World(Object.fromEntries(names.map((name) => [name, texts[name]!])));
    world.emit('go');
    t.equal(world.status('app'), 'app start/starting');
    world.ends('db', 'pre-start');
    t.match(world.status('app'), /running/);
  }
  t.end();
});

test('a stop does not wait for what the job requires: nothing of it runs', (t) => {
  const world = new World({ app: `requires db\n${SERVICE}`, db: `post-start exec b\n${SERVICE}` });
  const start = world.command('start app');
  t.equal(world.status('app'), 'app start/starting');
  const stop = world.command('stop app');
  t.equal(world.answer(stop), 'ok');
  t.match(world.answer(start), /^ok/);
  t.equal(world.status('app'), 'app stop/waiting');
  t.match(world.status('db'), /start\/post-start/, 'the other goes on');
  world.ends('db', 'post-start');
  t.match(world.status('db'), /start\/running/);
  t.end();
});

test('a stop does wait for a hook on `starting`, which may be in the middle of its work', (t) => {
  const world = new World({
    app: `requires db\n${SERVICE}`,
    db: `post-start exec b\n${SERVICE}`,
    hook: 'start on starting app\ntask\nexec true',
  });
  world.command('start app');
  t.equal(world.answer(world.command('stop app')), 'waits');
  t.end();
});
