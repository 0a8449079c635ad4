import { test } from 'tap';
import { exited, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';

test('start, status, stop and status of a plain service', (t) => {
  const world = new World({ foo: SERVICE });
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.equal(world.answer(world.command('start foo')), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 1');
  t.equal(world.answer(world.command('stop foo')), 'ok');
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.equal(world.timers.size, 0);
  t.end();
});

test('a job that is running, or starting, cannot be started', (t) => {
  const world = new World({ foo: `${SERVICE}\ninstance $N`, slow: `${SERVICE}\npre-start exec sleep 1` });
  world.command('start foo N=a');
  t.equal(world.answer(world.command('start foo N=a')), 'Job is already running: foo (a)');
  world.command('start slow');
  t.equal(world.answer(world.command('start slow')), 'Job is already running: slow');
  t.end();
});

test('commands name what they do not find in the words of Upstart', (t) => {
  const world = new World({
    foo: SERVICE,
    inst: `${SERVICE}\ninstance $N\nusage "N=name"`,
    post: `${SERVICE}\npost-stop exec sleep 1`,
  });
  t.equal(world.answer(world.command('start nosuch')), 'Unknown job: nosuch');
  t.equal(world.answer(world.command('start ')), 'Name may not be empty string');
  t.equal(world.answer(world.command('stop foo')), 'Unknown instance: ');
  t.equal(world.answer(world.command('restart foo')), 'Unknown instance: ');
  t.equal(world.answer(world.command('reload foo')), 'Unknown instance: ');
  t.equal(world.answer(world.command('stop inst N=x')), 'Unknown instance: x');
  t.equal(world.answer(world.command('start inst')), 'Unknown parameter: N\nUsage: N=name');
  t.equal(world.answer(world.command('restart inst')), 'Unknown parameter: N');
  t.equal(world.answer(world.command('start foo K')), 'Env must be KEY=VALUE pairs');
  world.command('start post');
  world.command('stop post');
  t.equal(world.answer(world.command('stop post')), 'Job has already been stopped: post');
  t.equal(world.answer(world.command('restart post')), 'Job has already been stopped: post');
  t.equal(world.status('inst', 'N=x'), 'Unknown instance: x');
  t.end();
});

test('a start without waiting is answered when the pid of the first process is known', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-start exec sleep 1` });
  const start = world.command('start foo', { wait: 'nothing' });
  t.equal(world.answer(start), 'ok');
  t.equal(world.status('foo'), 'foo start/pre-start, process 1');
  const spawned = world.effects.findIndex(
    (effect) => effect.kind === 'log' && effect.text === 'foo pre-start process (1)',
  );
  const replied = world.effects.findIndex((effect) => effect.kind === 'reply');
  t.ok(spawned >= 0 && spawned < replied);
  t.end();
});

test('a service answers start when it runs, after post-start', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-start exec true\npost-start exec true` });
  const start = world.command('start foo');
  world.ends('foo', 'pre-start');
  t.equal(world.status('foo'), 'foo start/post-start, process 2\n\tpost-start process 3');
  t.equal(world.answer(start), 'waits');
  world.ends('foo', 'post-start');
  t.equal(world.answer(start), 'ok');
  t.end();
});

test('42: a task answers start at waiting only, after its post-stop', (t) => {
  const world = new World({ foo: 'task\nexec true\npost-stop exec true' });
  const start = world.command('start foo');
  t.equal(world.status('foo'), 'foo start/running, process 1');
  t.equal(world.answer(world.command('start foo')), 'Job is already running: foo');
  world.ends('foo', 'main');
  t.equal(world.answer(start), 'waits');
  world.ends('foo', 'post-stop');
  t.equal(world.answer(start), 'ok: main process (1) exited normally');
  t.end();
});

test('a task without a process stays running until somebody stops it', (t) => {
  const world = new World({ foo: 'task' });
  const start = world.command('start foo');
  t.equal(world.status('foo'), 'foo start/running');
  t.equal(world.answer(start), 'waits');
  t.match(world.answer(world.command('stop foo')), /^ok/);
  t.match(world.answer(start), /^ok/);
  t.end();
});

test('a later command lets those who wait for an earlier one go', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-start exec sleep 1` });
  const start = world.command('start foo');
  const stop = world.command('stop foo');
  t.match(world.answer(start), /^ok/);
  t.equal(world.status('foo'), 'foo stop/pre-start, process 1');
  t.equal(world.answer(stop), 'waits');
  world.ends('foo', 'pre-start');
  t.match(world.answer(stop), /^ok/);
  t.equal(world.of('spawn').length, 1, 'main never ran');
  t.end();
});

test('a client that has gone away is not answered', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-start exec sleep 1` });
  const start = world.command('start foo');
  world.input({ kind: 'forget', id: start });
  world.ends('foo', 'pre-start');
  t.equal(world.answer(start), 'waits');
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.end();
});

test('restart runs the whole cycle on the same job, without stopped', (t) => {
  const world = new World({ foo: SERVICE });
  world.command('start foo');
  t.equal(world.answer(world.command('restart foo')), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.same(
    world.events().map((event) => event.split(' ')[0]),
    ['starting', 'started', 'stopping', 'starting', 'started'],
  );
  t.end();
});

test('restart runs pre-stop and does not mistake the new start for its cancellation', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-stop exec true\npost-stop exec true` });
  world.command('start foo');
  const restart = world.command('restart foo');
  t.equal(world.status('foo'), 'foo start/pre-stop, process 1\n\tpre-stop process 2');
  world.ends('foo', 'pre-stop');
  world.ends('foo', 'post-stop');
  t.equal(world.answer(restart), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 4');
  t.end();
});

test('restart during post-start ends the run that has just begun', (t) => {
  const world = new World({ foo: `${SERVICE}\npost-start exec true` });
  world.command('start foo');
  const restart = world.command('restart foo');
  world.ends('foo', 'post-start');
  world.ends('foo', 'post-start');
  t.equal(world.answer(restart), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 3');
  t.end();
});

test('restart without variables goes back to those of the file, with variables it uses them', (t) => {
  const world = new World({ foo: `${SERVICE}\nenv A=def` });
  world.command('start foo A=1 B=2');
  t.equal(world.variable('foo main', 'A'), '1');
  world.command('restart foo');
  t.equal(world.variable('foo main', 'A'), 'def');
  t.equal(world.variable('foo main', 'B'), undefined);
  world.command('restart foo A=3');
  t.equal(world.variable('foo main', 'A'), '3');
  t.end();
});

test("in foster's dialect a restart keeps the variables of the start, and adds its own", (t) => {
  const world = new World({ foo: `start on up\nenv A=1\nenv B=1\n${SERVICE}` });
  world.emit('up A=2 IFACE=eth0');
  world.command('restart foo B=3', { dialect: 'foster' });
  t.same(
    ['A', 'B', 'IFACE', 'UPSTART_EVENTS'].map((key) => world.variable('foo main', key)),
    ['2', '3', 'eth0', 'up'],
  );
  world.command('restart foo');
  t.same(
    ['A', 'B', 'IFACE', 'UPSTART_EVENTS'].map((key) => world.variable('foo main', key)),
    ['1', '1', undefined, undefined],
    'not so in Upstart',
  );
  t.end();
});

test('a restart whose new start fails says so', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-start exec check` });
  world.command('start foo');
  world.ends('foo', 'pre-start');
  const restart = world.command('restart foo');
  world.ends('foo', 'pre-start', exited(1));
  t.equal(world.answer(restart), 'Job failed to restart: pre-start process (3) terminated with status 1');
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('reload signals main only', (t) => {
  const world = new World({ foo: `${SERVICE}\nreload signal USR1`, abs: '' });
  world.command('start foo');
  world.command('start abs');
  t.equal(world.answer(world.command('reload foo')), 'ok');
  t.match(world.of('signal'), [{ signal: 'USR1', whole: 'process', pid: 1 }]);
  t.equal(world.answer(world.command('reload abs')), 'Job is not running: abs');
  t.end();
});

test("in foster's dialect a stop of a stopped job succeeds, and a restart starts it", (t) => {
  const world = new World({ foo: `${SERVICE}\npost-stop exec true`, inst: `${SERVICE}\ninstance $N` });
  t.equal(world.answer(world.foster('stop foo')), 'ok');
  t.equal(world.answer(world.foster('stop inst N=typo')), 'Unknown instance: typo');
  t.equal(world.answer(world.foster('restart foo', 'upstart')), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 1');
  const first = world.foster('stop foo');
  const second = world.foster('stop foo');
  world.ends('foo', 'post-stop');
  t.match(world.answer(first), /^ok/);
  t.match(world.answer(second), /^ok/);
  t.end();
});

test('foster start tells of a job that dies within its first second, and of one that stays up', (t) => {
  const world = new World({ dies: SERVICE, stays: SERVICE, again: `${SERVICE}\nrespawn`, done: SERVICE });
  const dies = world.foster('start dies');
  world.passes(300);
  world.ends('dies', 'main', exited(3));
  t.equal(world.answer(dies), 'Job failed to start: main process (1) terminated with status 3');

  const stays = world.foster('start stays');
  t.equal(world.status('stays'), 'stays start/running, process 2');
  world.passes(1249);
  t.equal(world.answer(stays), 'waits');
  world.passes(1);
  t.equal(world.answer(stays), 'ok');

  const again = world.foster('start again');
  world.ends('again', 'main', exited(1));
  t.equal(world.answer(again), 'Job failed to start: main process (3) terminated with status 1');
  t.equal(world.status('again'), 'again start/running, process 4');

  const done = world.foster('start done');
  world.ends('done', 'main');
  t.equal(world.answer(done), 'ok: main process (5) exited normally');
  t.equal(world.status('done'), 'done stop/waiting');
  t.end();
});

test('foster start answers 100 ms after the last hand-off', (t) => {
  const world = new World({ foo: SERVICE });
  const start = world.foster('start foo');
  world.handsOver('foo');
  world.passes(60);
  const daemon = world.handsOver('foo');
  world.passes(99);
  t.equal(world.answer(start), 'waits');
  world.passes(1);
  t.equal(world.answer(start), 'ok');
  t.equal(world.status('foo'), `foo start/running, process ${daemon}`);
  t.end();
});

test('a fresh restart uses the class as it is on disk', (t) => {
  const world = new World({ foo: `${SERVICE}\nenv V=1` });
  world.command('start foo');
  world.load('foo', `${SERVICE}\nenv V=2\nstop on halt`);
  world.command('restart foo');
  t.equal(world.variable('foo main', 'V'), '1');
  world.command('restart foo', { dialect: 'foster', fresh: true });
  t.equal(world.variable('foo main', 'V'), '2');
  t.equal(world.answer(world.emit('halt')), 'ok');
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('inside a job, an instance is named without the variables that made its name', (t) => {
  const world = new World({ foo: `${SERVICE}\ninstance $N` });
  world.command('start foo N=a');
  world.command('start foo N=b');
  t.equal(world.answer(world.command('restart foo', { instance: 'a' })), 'ok');
  t.equal(world.status('foo', 'N=a'), 'foo (a) start/running, process 3');
  const spawned = world.effects.filter((effect) => effect.kind === 'spawn').at(-1);
  t.ok(spawned?.kind === 'spawn' && spawned.env.includes('N=a'), 'the variables are kept');
  t.equal(world.answer(world.command('stop foo', { instance: 'b' })), 'ok');
  t.equal(world.status('foo', 'N=b'), 'Unknown instance: b');
  t.equal(world.answer(world.command('stop foo', { instance: 'c' })), 'Unknown instance: c');
  t.equal(world.answer(world.command('start foo', { instance: 'c' })), 'Unknown instance: c');
  t.end();
});
