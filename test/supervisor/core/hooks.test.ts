/** What hooks are given, and what becomes of the job when they fail (behaviours 20, 21 and 40). */
import { test } from 'tap';
import { exited, killedBy, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';
const ALL_HOOKS = [
  SERVICE,
  'pre-start exec a',
  'post-start exec b',
  'pre-stop exec c',
  'post-stop exec d',
].join('\n');

test('40: a process that cannot be started fails the job in pre-start, main and post-stop, and is ignored elsewhere', (t) => {
  for (const process of ['pre-start', 'main'] as const) {
    const world = new World({ foo: `${SERVICE}\nrespawn\npre-start exec a` });
    world.unstartable.set(`foo ${process}`, 'unable to execute: No such file or directory');
    const start = world.command('start foo');
    if (process === 'main') world.ends('foo', 'pre-start');
    t.equal(
      world.answer(start),
      `Job failed to start: failed to spawn ${process} process: unable to execute: No such file or directory`,
    );
    t.equal(world.status('foo'), 'foo stop/waiting');
    t.same(world.events('stopped'), [`stopped JOB=foo INSTANCE= RESULT=failed PROCESS=${process}`]);
    t.same(world.logged('Failed'), [
      `Failed to spawn foo ${process} process: unable to execute: No such file or directory`,
    ]);
  }
  const hooks = new World({ foo: `${SERVICE}\npost-start exec b\npre-stop exec c\npost-stop exec d` });
  for (const hook of ['post-start', 'pre-stop', 'post-stop']) hooks.unstartable.set(`foo ${hook}`, 'no');
  t.equal(hooks.answer(hooks.command('start foo')), 'ok');
  t.match(hooks.answer(hooks.command('stop foo')), /^Job failed while stopping/);
  t.same(hooks.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=post-stop']);
  t.end();
});

test('21: pre-stop and post-stop see what the stop brought with it, the others do not', (t) => {
  const world = new World({ foo: `${ALL_HOOKS}\nenv V=orig\nstop on y and z` });
  world.command('start foo');
  world.ends('foo', 'pre-start');
  world.ends('foo', 'post-start');
  world.command('stop foo V=new W=2');
  t.equal(world.variable('foo pre-stop', 'V'), 'new');
  world.ends('foo', 'pre-stop');
  t.equal(world.variable('foo post-stop', 'W'), '2');
  world.ends('foo', 'post-stop');

  world.command('start foo');
  world.ends('foo', 'pre-start');
  world.ends('foo', 'post-start');
  world.emit('z W=z1');
  world.emit('y W=y1');
  t.equal(world.variable('foo pre-stop', 'UPSTART_STOP_EVENTS'), 'y z');
  t.equal(world.variable('foo pre-stop', 'W'), 'z1');
  t.equal(world.variable('foo pre-stop', 'V'), 'orig');
  t.equal(world.variable('foo main', 'UPSTART_STOP_EVENTS'), undefined);
  t.end();
});

test('a hook that fails: pre-start fails the start, post-stop the stop, the others are ignored', (t) => {
  const world = new World({ foo: ALL_HOOKS });
  const start = world.command('start foo');
  world.ends('foo', 'pre-start', exited(42));
  world.ends('foo', 'post-stop');
  t.equal(world.answer(start), 'Job failed to start: pre-start process (1) terminated with status 42');
  t.same(world.events('stopping'), [
    'stopping JOB=foo INSTANCE= RESULT=failed PROCESS=pre-start EXIT_STATUS=42',
  ]);

  const again = world.command('start foo');
  world.ends('foo', 'pre-start');
  world.ends('foo', 'post-start', exited(1));
  t.equal(world.answer(again), 'ok');
  const stop = world.command('stop foo');
  world.ends('foo', 'pre-stop', exited(1));
  t.equal(world.answer(stop), 'waits');
  world.ends('foo', 'post-stop', exited(7));
  t.match(
    world.answer(stop),
    /^Job failed while stopping: post-stop process \(\d+\) terminated with status 7$/,
  );
  t.same(world.events('stopped').slice(1), [
    'stopped JOB=foo INSTANCE= RESULT=failed PROCESS=post-stop EXIT_STATUS=7',
  ]);
  t.end();
});

test('a main that fails during post-start fails the start, and started is not emitted', (t) => {
  const world = new World({ foo: `${SERVICE}\npost-start exec b` });
  const start = world.command('start foo');
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo stop/post-start, (post-start) process 2');
  t.match(world.answer(start), /^Job failed to start/);
  world.ends('foo', 'post-start');
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.same(world.events('started'), []);
  t.end();
});

test('20: every process is told its job and its instance, in a user session the session too', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-start exec a` }, { session: 'unix:x' });
  world.command('start foo');
  t.equal(world.variable('foo pre-start', 'UPSTART_JOB'), 'foo');
  t.equal(world.variable('foo pre-start', 'UPSTART_INSTANCE'), '');
  t.equal(world.variable('foo pre-start', 'UPSTART_SESSION'), 'unix:x');
  t.end();
});

test('post-stop of a native job knows how main ended, also before a respawn', (t) => {
  const text = 'exec = sleep 1000\nrespawn = true\nready = exec\npost-stop exec = d\n';
  const world = new World({ foo: text, old: `${SERVICE}\npost-stop exec d` }, { ini: ['foo'] });
  world.command('start foo');
  world.ends('foo', 'main', exited(3));
  t.equal(world.variable('foo post-stop', 'EXIT_STATUS'), '3');
  world.ends('foo', 'post-stop');
  world.ends('foo', 'main', killedBy('KILL'));
  t.equal(world.variable('foo post-stop', 'EXIT_SIGNAL'), 'KILL');
  t.equal(world.variable('foo post-stop', 'EXIT_STATUS'), undefined);
  world.command('start old');
  world.ends('old', 'main', exited(3));
  t.equal(world.variable('old post-stop', 'EXIT_STATUS'), undefined, 'as in Upstart');
  t.end();
});
