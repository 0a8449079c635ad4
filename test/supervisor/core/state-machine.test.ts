/** Behaviours 37-49 and 58-59 of Upstart's own tests: states, goals and failures. */
import { test } from 'tap';
import { STATES, type Goal, type State } from '../../../src/supervisor/core/contract.js';
import { nextState } from '../../../src/supervisor/core/job/state.js';
import { exited, killedBy, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';
const ALL_HOOKS = [
  SERVICE,
  'pre-start exec a',
  'post-start exec b',
  'pre-stop exec c',
  'post-stop exec d',
].join('\n');

test('37: the full next-state table', (t) => {
  const table = (goal: Goal): State[] => STATES.map((state) => nextState(state, goal, true));
  t.same(table('start'), [
    'starting',
    'security',
    'pre-start',
    'spawned',
    'post-start',
    'running',
    'stopping',
    'running',
    'killed',
    'post-stop',
    'starting',
  ]);
  t.same(table('stop'), [
    'waiting',
    'stopping',
    'stopping',
    'stopping',
    'stopping',
    'stopping',
    'pre-stop',
    'stopping',
    'killed',
    'post-stop',
    'waiting',
  ]);
  t.equal(nextState('running', 'stop', false), 'stopping');
  t.equal(nextState('post-start', 'respawn', false), 'stopping');
  t.equal(nextState('pre-stop', 'respawn', false), 'stopping');
  t.end();
});

test('every state is passed in order, and each hook runs in its own', (t) => {
  const world = new World({ foo: ALL_HOOKS });
  world.command('start foo');
  world.ends('foo', 'pre-start');
  world.ends('foo', 'post-start');
  world.command('stop foo');
  t.equal(world.status('foo'), 'foo stop/pre-stop, process 2\n\tpre-stop process 4');
  world.ends('foo', 'pre-stop');
  t.equal(world.status('foo'), 'foo stop/post-stop, process 5');
  world.ends('foo', 'post-stop');
  t.same(
    world
      .of('job-changed')
      .filter(({ from, to }) => from !== to)
      .map(({ to }) => to),
    [
      'starting',
      'security',
      'pre-start',
      'spawned',
      'post-start',
      'running',
      'pre-stop',
      'stopping',
      'killed',
      'post-stop',
      'waiting',
    ],
  );
  t.same(world.logged('changed from').slice(0, 3), [
    'foo goal changed from stop to start',
    'foo state changed from waiting to starting',
    'foo state changed from starting to security',
  ]);
  t.end();
});

test('38: starting clears an old failure and takes over new variables', (t) => {
  const world = new World({ foo: `${SERVICE}\nrespawn\nrespawn limit unlimited\npost-stop exec d` });
  world.command('start foo A=1');
  world.ends('foo', 'main', exited(1));
  world.command('stop foo');
  world.command('start foo A=2');
  world.ends('foo', 'post-stop');
  t.equal(world.variable('foo main', 'A'), '2');
  t.equal(world.view('foo')?.failure, undefined);
  t.end();
});

test('39: a state without a process is passed through; a job without any runs all the same', (t) => {
  const world = new World({ foo: '' });
  t.equal(world.answer(world.command('start foo')), 'ok');
  t.equal(world.status('foo'), 'foo start/running');
  t.equal(world.answer(world.command('stop foo')), 'ok');
  t.same(world.of('end-members'), []);
  t.end();
});

test('41: running emits started, and lets go those who wait for a service only', (t) => {
  const world = new World({ service: `start on go\n${SERVICE}`, task: `start on go2\ntask\n${SERVICE}` });
  t.equal(world.answer(world.emit('go')), 'ok');
  t.equal(world.answer(world.emit('go2')), 'waits');
  t.same(world.events('started'), ['started JOB=service INSTANCE=', 'started JOB=task INSTANCE=']);
  t.end();
});

test('43: a pre-stop that asks for a start cancels the stop, and main is left alone', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-stop exec c` });
  world.command('start foo');
  const stop = world.command('stop foo');
  t.equal(world.answer(world.command('start foo', { wait: 'nothing' })), 'ok');
  world.ends('foo', 'pre-stop');
  t.equal(world.status('foo'), 'foo start/running, process 1');
  t.match(world.answer(stop), /^ok/);
  t.same(world.events('started').length, 1);
  t.same(world.signals(), []);
  t.end();
});

test('44: a stop skips pre-stop when main has ended already', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-stop exec c` });
  world.command('start foo');
  world.ends('foo', 'main');
  t.same(
    world.of('spawn').map(({ process }) => process),
    ['main'],
  );
  t.same(world.logged('pre-stop'), []);
  t.end();
});

test('45: killed passes on where there is no process to kill', (t) => {
  const world = new World({ foo: 'pre-start exec a' });
  world.command('start foo');
  world.ends('foo', 'pre-start');
  world.command('stop foo');
  t.same(world.signals(), []);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('46: waiting removes the job, brings a newer class into use and forgets a deleted one', (t) => {
  const world = new World({ foo: `${SERVICE}\nenv V=1` });
  world.command('start foo');
  world.load('foo', `${SERVICE}\nenv V=2`);
  world.command('stop foo');
  t.same(world.of('job-gone'), [{ kind: 'job-gone', job: { name: 'foo', instance: '' } }]);
  world.command('start foo');
  t.equal(world.variable('foo main', 'V'), '2');
  world.load('foo', undefined);
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.equal(world.answer(world.command('stop foo')), 'ok');
  t.equal(world.status('foo'), 'Unknown job: foo');
  t.end();
});

test('47: the first failure of a run wins', (t) => {
  const world = new World({ foo: `${SERVICE}\npost-stop exec d` });
  world.command('start foo');
  world.ends('foo', 'main', exited(3));
  world.ends('foo', 'post-stop', exited(7));
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=main EXIT_STATUS=3']);
  t.end();
});

test('48: events of a named instance carry its name', (t) => {
  const world = new World({ foo: `${SERVICE}\ninstance $N` });
  world.command('start foo N=a');
  world.command('stop foo N=a');
  t.same(world.events(), [
    'starting JOB=foo INSTANCE=a',
    'started JOB=foo INSTANCE=a',
    'stopping JOB=foo INSTANCE=a RESULT=ok',
    'stopped JOB=foo INSTANCE=a RESULT=ok',
  ]);
  t.equal(world.variable('foo main', 'UPSTART_INSTANCE'), 'a');
  t.end();
});

test('49: exported variables are in all four events, and replace none of the others', (t) => {
  const world = new World({ foo: `${SERVICE}\nenv A=1\nenv JOB=x\nexport A NOPE JOB` });
  world.command('start foo A=9');
  world.command('stop foo');
  t.same(world.events(), [
    'starting JOB=foo INSTANCE= A=9',
    'started JOB=foo INSTANCE= A=9',
    'stopping JOB=foo INSTANCE= RESULT=ok A=9',
    'stopped JOB=foo INSTANCE= RESULT=ok A=9',
  ]);
  t.end();
});

test('58: a main that dies in stopping has not failed', (t) => {
  const world = new World({ foo: SERVICE, hook: 'start on stopping foo\ntask\nexec sleep 1' });
  world.command('start foo');
  world.command('stop foo');
  t.equal(world.status('foo'), 'foo stop/stopping, process 1');
  world.ends('foo', 'main', killedBy('SEGV'));
  world.ends('hook', 'main');
  t.same(world.events('stopped')[1], 'stopped JOB=foo INSTANCE= RESULT=ok');
  t.end();
});

test('an essential job that ends for good ends the supervisor with its status', (t) => {
  const world = new World({
    main: `${SERVICE}\nessential\nrespawn\nrespawn limit 1 10`,
    gone: 'exec x\nessential',
  });
  world.command('start main');
  world.ends('main', 'main', exited(4));
  t.same(world.of('essential-ended'), []);
  world.ends('main', 'main', exited(4));
  t.match(world.of('essential-ended'), [{ job: { name: 'main' }, status: exited(4) }]);
  world.unstartable.set('gone main', 'no');
  world.command('start gone');
  t.match(world.of('essential-ended')[1], { job: { name: 'gone' }, status: exited(127) });
  t.end();
});
