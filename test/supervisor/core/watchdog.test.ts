/** What a job says of itself through sd_notify(3), as far as it is about time. */
import { test } from 'tap';
import { killedBy, World } from './support/world.js';

const JOB = { name: 'foo', instance: '' };
const alive = { kind: 'watchdog', job: JOB, sign: 'alive' } as const;

test('a main that gives no sign of life is killed by ABRT, which is a death like any other', (t) => {
  const world = new World({ foo: 'exec sleep 1000\nwatchdog 2\nrespawn' });
  world.command('start foo');
  world.passes(1900);
  world.input(alive);
  world.passes(1900);
  t.same(world.signals(), [], 'the sign of life counts from when it came');
  world.passes(100);
  t.same(world.signals(), ['ABRT main 1']);
  t.equal(world.status('foo'), 'foo start/running, process 2', 'it has been respawned');
  t.same(world.logged('sign of life'), ['foo main process (1) has given no sign of life for 2 s']);
  t.end();
});

test('a main that does not end by ABRT gets KILL after the kill timeout, and no sign of life helps it any more', (t) => {
  const world = new World({ foo: 'exec sleep 1000\nwatchdog 2\nkill timeout 3' });
  world.stubborn.add('foo');
  world.command('start foo');
  world.passes(2000);
  world.input(alive);
  world.passes(2999);
  t.same(world.signals(), ['ABRT main 1']);
  world.passes(1);
  t.same(world.signals(), ['ABRT main 1', 'KILL main 1']);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.match(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=main EXIT_SIGNAL=KILL']);
  t.end();
});

test('trouble is not waited for; the job may change how often it gives a sign of life', (t) => {
  const world = new World({ foo: 'exec sleep 1000\nwatchdog 60', plain: 'exec sleep 1000' });
  world.command('start foo');
  world.input({ kind: 'watchdog-interval', job: JOB, interval: 500 });
  world.passes(499);
  t.same(world.signals(), []);
  world.input({ kind: 'watchdog', job: JOB, sign: 'trouble' });
  t.same(world.signals(), ['ABRT main 1']);

  world.command('start plain');
  const plain = { name: 'plain', instance: '' };
  world.input({ kind: 'watchdog-interval', job: plain, interval: 500 });
  world.passes(10_000);
  t.equal(
    world.status('plain'),
    'plain start/running, process 2',
    'a job without the stanza has no watchdog',
  );
  t.end();
});

test('the watchdog sleeps while the job starts and stops', (t) => {
  const world = new World({
    foo: 'exec sleep 1000\nwatchdog 1\nready notify\npre-stop exec a\nkill timeout 5',
  });
  world.command('start foo');
  world.passes(30_000);
  t.same(world.signals(), [], 'while it starts, the start timeout counts');
  world.input({ kind: 'ready', job: JOB });
  world.command('stop foo');
  world.passes(3000);
  t.same(world.signals(), [], 'pre-stop has limits of its own');
  t.end();
});

test('a job that asks for more time gets it, for its start and for its end', (t) => {
  const world = new World({ foo: 'exec sleep 1000\nready notify\nstart timeout 10\nkill timeout 5' });
  world.stubborn.add('foo');
  const start = world.command('start foo');
  world.passes(9000);
  world.input({ kind: 'extend-timeout', job: JOB, by: 20_000 });
  world.input({ kind: 'extend-timeout', job: JOB, by: 1 });
  world.passes(19_999);
  t.equal(world.answer(start), 'waits', 'the later of two times counts');
  world.input({ kind: 'ready', job: JOB });
  t.equal(world.answer(start), 'ok');
  world.command('stop foo');
  world.input({ kind: 'extend-timeout', job: JOB, by: 60_000 });
  world.passes(59_999);
  t.same(world.signals(), ['TERM main 1', 'CONT main 1']);
  world.passes(1);
  t.same(world.signals().slice(2), ['KILL main 1']);
  world.ends('foo', 'main', killedBy('KILL'));
  t.end();
});

test('time is not given to who does not wait for anything', (t) => {
  const world = new World({ foo: 'exec sleep 1000' });
  world.command('start foo');
  world.input({ kind: 'extend-timeout', job: JOB, by: 1000 });
  t.equal(world.timers.size, 0);
  t.end();
});

test('an unhealthy main is asked to end, killed where it does not, and respawned', (t) => {
  const world = new World({ foo: 'respawn\nexec x\nkill timeout 3' });
  world.command('start foo');
  world.stubborn.add('foo');
  const unhealthy = {
    kind: 'unhealthy',
    job: { name: 'foo', instance: '' },
    reason: 'answered 503',
  } as const;
  world.input(unhealthy);
  world.input(unhealthy);
  const signals = () => world.of('signal').map(({ signal, whole }) => `${signal} ${whole}`);
  t.same(signals(), ['TERM group'], 'once');
  t.match(world.status('foo'), /start\/running, process 1/);
  world.passes(3000);
  t.same(signals(), ['TERM group', 'KILL process']);
  t.match(world.status('foo'), /start\/running, process 2/);
  t.end();
});

test('an unhealthy main that does not respawn has failed, whatever its status, and the reason says so', (t) => {
  const world = new World({ foo: 'exec x' });
  world.command('start foo');
  world.input({ kind: 'unhealthy', job: { name: 'foo', instance: '' }, reason: 'answered 503' });
  t.equal(world.status('foo'), 'foo stop/waiting');
  const failed = world.core.classes()[0]?.lastEnd?.failure?.text;
  t.match(failed, /^main process \(1\) .*\(unhealthy: answered 503\)$/);
  t.end();
});
