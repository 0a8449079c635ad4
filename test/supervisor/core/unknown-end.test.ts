/** Ends of which nobody knows the status, and processes of which nobody knows whose they are: both are left by a crash of foster. */
import { test } from 'tap';
import { exited, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';
const UNKNOWN = 'main process (1) ended while foster was down: exit status unknown';

test('an unknown status of main is a failure, with no EXIT_STATUS and no EXIT_SIGNAL', (t) => {
  for (const stanzas of ['', 'task\n', 'normal exit 0 KILL\n', 'essential\n']) {
    const world = new World({ foo: stanzas + SERVICE });
    world.command('start foo', { wait: 'nothing' });
    world.ends('foo', 'main', 'ended-while-down');
    t.equal(world.status('foo'), 'foo stop/waiting', stanzas);
    t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=main'], stanzas);
    t.equal(world.logged(UNKNOWN).length, 1);
  }
  t.end();
});

test('a job that respawns is started again', (t) => {
  const world = new World({ foo: `respawn\n${SERVICE}` });
  world.command('start foo');
  world.ends('foo', 'main', 'not-reported');
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.end();
});

test('an end that was asked for is none, whatever its status', (t) => {
  const world = new World({ foo: SERVICE });
  world.stubborn.add('foo');
  world.command('start foo');
  world.command('stop foo');
  world.ends('foo', 'main', 'ended-while-down');
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=ok']);
  t.end();
});

test('an essential job hands the unknown status on', (t) => {
  const world = new World({ foo: `essential\n${SERVICE}` });
  world.command('start foo');
  world.ends('foo', 'main', 'ended-while-down');
  t.match(world.of('essential-ended'), [{ status: 'ended-while-down' }]);
  t.end();
});

test('a pre-start that may not have done its work fails the job; one that respawns begins again', (t) => {
  const world = new World({
    once: `pre-start exec a\n${SERVICE}`,
    always: `respawn\npre-start exec a\n${SERVICE}`,
  });
  world.command('start once');
  world.ends('once', 'pre-start', 'ended-while-down');
  t.same(world.events('stopped'), ['stopped JOB=once INSTANCE= RESULT=failed PROCESS=pre-start']);
  world.command('start always');
  world.ends('always', 'pre-start', 'ended-while-down');
  t.equal(world.status('always'), 'always start/pre-start, process 3');
  world.ends('always', 'pre-start');
  t.equal(world.status('always'), 'always start/running, process 4');
  t.end();
});

test('an unknown status outlives the next crash', (t) => {
  const world = new World({ foo: `respawn\nrespawn delay 5\n${SERVICE}` });
  world.command('start foo');
  world.ends('foo', 'main', 'ended-while-down');
  const saved: unknown = JSON.parse(JSON.stringify(world.core.save(world.now)));
  const again = new World({ foo: `respawn\nrespawn delay 5\n${SERVICE}` });
  again.carryOut(again.core.restore(again.core.decode(saved, again.now), again.now));
  t.equal(again.view('foo')?.lastExit?.status, 'ended-while-down');
  t.end();
});

const FOO = { name: 'foo', instance: '' };

test('a job is not started beside processes that may be its own: not by a command, an event, or a requirement', (t) => {
  const world = new World({ foo: `start on go\n${SERVICE}`, other: `requires foo\n${SERVICE}` });
  world.input({ kind: 'unclear', job: FOO, pids: [12, 13] });
  const text =
    "unclear after a crash: PIDs 12, 13 may be of this job; 'foster start --force foo' starts it beside them";
  t.same(world.logged(text), [`foo: ${text}`]);
  t.equal(world.answer(world.foster('start foo')), `Job may be running: foo: ${text}`);
  t.equal(world.answer(world.emit('go')), 'ok');
  t.match(world.answer(world.command('start other')), /required job foo is not running/);
  t.same(world.of('spawn'), []);
  t.same(world.core.classes().find(({ name }) => name === 'foo')?.idle[0]?.unclear, [12, 13]);
  t.end();
});

test('whoever forces a start gets it', (t) => {
  const world = new World({ foo: SERVICE });
  world.input({ kind: 'unclear', job: FOO, pids: [12] });
  world.command('start foo', { force: true });
  t.equal(world.status('foo'), 'foo start/running, process 1');
  t.equal(world.core.classes()[0]?.idle[0]?.unclear, undefined);
  t.end();
});

test('a main that ended unseen is not started again beside them, until they have ended', (t) => {
  const world = new World({ foo: `respawn\n${SERVICE}` });
  world.command('start foo X=1');
  world.input({ kind: 'unclear', job: FOO, pids: [12] });
  world.ends('foo', 'main', 'ended-while-down');
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=main']);
  world.input({ kind: 'unclear', job: FOO, pids: [] });
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.equal(world.variable('foo main', 'X'), '1', 'as it was started before');
  t.end();
});

test('a job without respawn stays down when they have ended', (t) => {
  const world = new World({ foo: SERVICE });
  world.command('start foo');
  world.input({ kind: 'unclear', job: FOO, pids: [12] });
  world.ends('foo', 'main', exited(1));
  world.input({ kind: 'unclear', job: FOO, pids: [] });
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.match(world.answer(world.command('start foo')), 'ok');
  t.end();
});

test('a job that was on its way up when foster was killed stays where it is', (t) => {
  for (const [stanzas, at] of [
    ['pre-start exec a\n', 'pre-start'],
    ['respawn\nrespawn delay 60\n', 'post-stop'],
  ] as const) {
    const world = new World({ foo: stanzas + SERVICE });
    world.command('start foo', { wait: 'nothing' });
    if (at === 'post-stop') world.ends('foo', 'main', exited(1));
    t.equal(world.view('foo')?.state, at);
    const saved: unknown = JSON.parse(JSON.stringify(world.core.save(world.now)));
    const again = new World({ foo: stanzas + SERVICE });
    again.input({ kind: 'unclear', job: FOO, pids: [12] });
    again.carryOut(again.core.restore(again.core.decode(saved, again.now), again.now));
    if (at === 'pre-start') again.ends('foo', 'pre-start');
    again.passes(120_000);
    t.equal(again.status('foo'), 'foo stop/waiting', at);
    t.same(again.of('spawn'), [], at);
  }
  t.end();
});
