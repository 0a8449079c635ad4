/** When it is certain that main is started again at once. That it comes true is checked wherever a test lets main end. */
import { test } from 'tap';
import { exited, killedBy, World } from './support/world.js';

const FOO = { name: 'foo', instance: '' };
const RESPAWN = 'exec sleep 1000\nrespawn';

const foreseen = (world: World, status = killedBy('KILL')): boolean =>
  world.core.foreseenRespawn(FOO, status, world.now) !== undefined;

/** A job of this text that runs, among others. */
function running(text: string, others: Readonly<Record<string, string>> = {}): World {
  const world = new World({ foo: text, ...others });
  world.command('start foo');
  return world;
}

test('a plain service that respawns is started again with what it was started with', (t) => {
  const world = running(`${RESPAWN}\nenv COLOUR=red`);
  const spawn = world.core.foreseenRespawn(FOO, exited(1), world.now);
  t.match(spawn, { kind: 'spawn', job: FOO, process: 'main' });
  t.ok(spawn?.env.includes('COLOUR=red'));
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.end();
});

test('nothing is changed by looking', (t) => {
  const world = running(RESPAWN);
  const before = JSON.stringify(world.core.save(world.now));
  foreseen(world);
  t.equal(JSON.stringify(world.core.save(world.now)), before);
  t.end();
});

test('it is uncertain where the job file has something come in between', (t) => {
  for (const stanza of [
    'pre-start exec a',
    'post-start exec a',
    'pre-stop exec a',
    'post-stop exec a',
    'respawn delay 1 8',
    'requires bar',
    'after bar',
    'kill mode cgroup',
    'cgroup memory.max 1000000',
  ]) {
    t.notOk(foreseen(running(`${RESPAWN}\n${stanza}`, { bar: 'exec sleep 1000' })), stanza);
  }
  t.notOk(foreseen(running('exec sleep 1000')), 'and where it does not respawn');
  t.end();
});

test('it is uncertain where others may hold the events on the way', (t) => {
  const other = (on: string): Record<string, string> => ({ bar: `start on ${on}\ntask\nexec a` });
  t.notOk(foreseen(running(RESPAWN, other('stopping foo'))));
  t.notOk(foreseen(running(RESPAWN, other('starting'))));
  t.notOk(foreseen(running(RESPAWN, { bar: `exec a\nstop on starting JOB=f*` })), 'a pattern may match');
  t.ok(foreseen(running(RESPAWN, other('stopping bar'))), 'those of another job do not matter');
  t.ok(foreseen(running(RESPAWN, other('started foo'))), 'nor does one that nobody can hold');
  t.end();
});

test('it is uncertain while anything is under way', (t) => {
  const stopping = running(RESPAWN);
  stopping.stubborn.add('foo');
  stopping.command('stop foo');
  t.notOk(foreseen(stopping));
  const starting = new World({ foo: `${RESPAWN}\nexpect fork` });
  starting.command('start foo');
  t.notOk(foreseen(starting), 'not up yet');
  t.notOk(foreseen(new World({ foo: RESPAWN })), 'not even started');
  t.end();
});

test('neither a respawn limit that is reached nor a normal exit is overlooked', (t) => {
  const limited = running(`${RESPAWN}\nrespawn limit 2 5`);
  for (let death = 0; death < 2; death += 1) limited.ends('foo', 'main', exited(1));
  t.notOk(foreseen(limited));
  const normal = running(`${RESPAWN}\nnormal exit 3 TERM`);
  t.notOk(foreseen(normal, exited(3)));
  t.notOk(foreseen(normal, killedBy('TERM')));
  t.ok(foreseen(normal, exited(4)));
  t.notOk(foreseen(running(`${RESPAWN}\ntask`), exited(0)), 'a task that has succeeded');
  t.end();
});

test('what is foreseen follows what has changed since it was foreseen last', (t) => {
  const world = running(RESPAWN);
  const spawn = (): readonly string[] | undefined =>
    world.core.foreseenRespawn(FOO, exited(1), world.now)?.env;
  t.notOk(spawn()?.includes('COLOUR=red'));
  world.core.changeEnvironment(FOO, 'COLOUR=red');
  t.ok(spawn()?.includes('COLOUR=red'));
  world.core.changeEnvironment(FOO, 'COLOUR');
  t.notOk(spawn()?.includes('COLOUR=red'));
  world.load('bar', 'start on stopping foo\nexec a');
  t.equal(spawn(), undefined, 'somebody listens now');
  world.load('bar', undefined);
  t.ok(spawn(), 'and no more');
  t.end();
});
