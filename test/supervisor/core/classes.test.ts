/** Behaviours 67-69 as far as they are the core's: classes that change while jobs live, and the events they hold. */
import { test } from 'tap';
import { exited, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';

test('a change of a stopped job is used at once, its start on included', (t) => {
  const world = new World({ foo: `start on a\n${SERVICE}` });
  world.load('foo', `start on b\n${SERVICE}`);
  world.emit('a');
  t.equal(world.status('foo'), 'foo stop/waiting');
  world.emit('b');
  t.match(world.status('foo'), /running/);
  t.end();
});

test('68: a running job keeps its class through respawns and restarts, until it has stopped', (t) => {
  const world = new World({ foo: `respawn\nenv V=1\n${SERVICE}` });
  world.command('start foo');
  world.load('foo', `env V=2\n${SERVICE}`);
  world.ends('foo', 'main', exited(1));
  t.equal(world.variable('foo main', 'V'), '1');
  world.command('restart foo');
  t.equal(world.variable('foo main', 'V'), '1');
  world.command('stop foo');
  world.command('start foo');
  t.equal(world.variable('foo main', 'V'), '2');
  t.end();
});

test('68: when the replacement is deleted again, the job is unknown once it has stopped', (t) => {
  const world = new World({ foo: SERVICE });
  world.command('start foo');
  world.load('foo', `respawn\n${SERVICE}`);
  world.load('foo', undefined);
  t.ok(world.core.classes()[0]?.deleted);
  t.equal(world.answer(world.command('stop foo')), 'ok');
  t.equal(world.status('foo'), 'Unknown job: foo');
  t.end();
});

test('a half satisfied and survives a change of the file', (t) => {
  const world = new World({ foo: `start on a and b\n${SERVICE}` });
  const a = world.emit('a');
  world.load('foo', `start on a and b\nenv X=1\n${SERVICE}`);
  t.equal(world.answer(a), 'waits');
  t.equal(world.answer(world.emit('b')), 'ok');
  t.match(world.status('foo'), /running/);
  t.equal(world.answer(a), 'ok');
  t.end();
});

test('removing the file lets go what it held', (t) => {
  const world = new World({ foo: `start on a and b\n${SERVICE}` });
  const a = world.emit('a');
  world.load('foo', undefined);
  t.equal(world.answer(a), 'ok');
  t.end();
});

test('loading a file never starts a job, and no expression stays true', (t) => {
  const world = new World({ foo: `start on a and b\n${SERVICE}` });
  const a = world.emit('a');
  world.load('foo', `start on a\n${SERVICE}`);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.equal(world.answer(a), 'ok');
  world.emit('a');
  t.match(world.status('foo'), /running/);
  t.end();
});

test('a stopped job is remembered by how it ended', (t) => {
  const world = new World({ foo: SERVICE });
  world.command('start foo');
  world.ends('foo', 'main', exited(3));
  t.match(world.core.classes()[0]?.lastEnd, {
    instance: '',
    failure: { text: 'main process (1) terminated with status 3' },
    exit: { status: exited(3), pid: 1 },
  });
  t.end();
});
