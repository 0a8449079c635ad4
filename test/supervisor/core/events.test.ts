/** Behaviours 60-66: events, what they start and stop, and who waits for them. */
import { test } from 'tap';
import { exited, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';
const TASK = 'task\nexec true';

test('60: a partial match holds its event; the full match starts with the variables of all in tree order', (t) => {
  const world = new World({ foo: `start on a and b\n${SERVICE}` });
  const b = world.emit('b S=from-b B=2');
  t.equal(world.answer(b), 'waits');
  t.same(world.core.pending(world.now), [
    { what: 'event b S=from-b B=2', waitsFor: ['start on of foo, which also waits for a'] },
    { what: 'command emit b S=from-b B=2', waitsFor: ['event b S=from-b B=2 to be finished'] },
  ]);
  const a = world.emit('a S=from-a A=1');
  t.equal(world.answer(a), 'ok');
  t.equal(world.answer(b), 'ok');
  t.equal(world.variable('foo main', 'S'), 'from-b');
  t.equal(world.variable('foo main', 'A'), '1');
  t.equal(world.variable('foo main', 'UPSTART_EVENTS'), 'a b');
  t.end();
});

test('a leaf keeps the first event that matches and lets others go', (t) => {
  const world = new World({ foo: `start on a and b\n${TASK}` });
  world.emit('a N=1');
  t.equal(world.answer(world.emit('a N=2')), 'ok');
  world.emit('b');
  t.equal(world.variable('foo main', 'N'), '1');
  world.ends('foo', 'main');
  t.equal(world.answer(world.emit('b')), 'waits');
  t.end();
});

test('and and or have equal precedence from the left, parentheses group', (t) => {
  const started = (expression: string, ...events: string[]): string | undefined => {
    const world = new World({ foo: `start on ${expression}\n${SERVICE}` });
    for (const event of events) world.emit(event);
    return world.variable('foo main', 'UPSTART_EVENTS');
  };
  t.equal(started('a or b and c', 'a'), undefined);
  t.equal(started('a or b and c', 'a', 'c'), 'a c');
  t.equal(started('a and b or c', 'c'), 'c');
  t.equal(started('a or b and c or d', 'd'), 'd');
  t.equal(started('a or (b and c)', 'a'), 'a');
  t.equal(started('a or (b and c)', 'b'), undefined);
  t.equal(started('a and b or c', 'a', 'c'), 'c', 'an event in a false branch did not help');
  t.end();
});

test('operands: named, positional, globs, negation; a missing variable never matches', (t) => {
  const starts = (operands: string, event: string): boolean => {
    const world = new World({ foo: `start on a ${operands}\n${SERVICE}` });
    world.emit(`a ${event}`.trim());
    return world.view('foo') !== undefined;
  };
  t.ok(starts('X=1 Y=2', 'Y=2 Z=9 X=1'));
  t.notOk(starts('X=1 Y=2', 'X=1'));
  t.ok(starts('one TWO=2', 'X=one TWO=2'));
  t.notOk(starts('one TWO=2', 'TWO=2 X=one'));
  t.notOk(starts('one two', 'X=two Y=one'));
  t.ok(starts('* b?', 'X=any Y=b1'));
  t.ok(starts('X!=n*', 'X=yes'));
  t.notOk(starts('X!=n*', 'X=nope'));
  t.notOk(starts('X!=n*', ''));
  t.ok(starts('RUNLEVEL=[!2345]', 'RUNLEVEL=6'));
  t.notOk(starts('X=$X', 'X=$X'), 'start on has no environment to expand with');
  t.end();
});

test('names of events are compared literally', (t) => {
  const world = new World({ foo: `start on a*\n${SERVICE}` });
  world.emit('abc');
  t.equal(world.status('foo'), 'foo stop/waiting');
  world.emit('a*');
  t.match(world.status('foo'), /running/);
  t.end();
});

test('61: one event in both expressions starts a stopped job and restarts a running one', (t) => {
  const world = new World({ foo: `start on tick\nstop on tick\npost-stop exec d\n${SERVICE}` });
  t.equal(world.answer(world.emit('tick')), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 1');
  const tick = world.emit('tick');
  t.equal(world.answer(tick), 'waits');
  world.ends('foo', 'post-stop');
  t.equal(world.answer(tick), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 3');
  t.end();
});

test('62: a job that is stopping is started again with the variables of the new event', (t) => {
  const world = new World({ foo: `start on go\npost-stop exec d\n${SERVICE}` });
  world.emit('go N=1');
  world.command('stop foo');
  world.emit('go N=2');
  world.ends('foo', 'post-stop');
  t.equal(world.variable('foo main', 'N'), '2');
  t.equal(world.variable('foo main', 'UPSTART_EVENTS'), 'go');
  t.end();
});

test('63: an instance that cannot be named concerns no other job', (t) => {
  const world = new World({ bad: `start on a\ninstance $NOPE\n${SERVICE}`, good: `start on a\n${SERVICE}` });
  t.equal(world.answer(world.emit('a')), 'ok');
  t.match(world.status('good'), /running/);
  t.same(world.logged('Failed to obtain'), ['Failed to obtain bad instance: Unknown parameter: NOPE']);
  t.end();
});

test('64: a failed event is followed by NAME/failed with the same variables, once', (t) => {
  const world = new World({ foo: `start on a or a/failed\n${TASK}` });
  const a = world.emit('a X=7');
  world.ends('foo', 'main', exited(1));
  t.equal(world.answer(a), 'Event failed');
  t.same(world.events('a/failed'), ['a/failed X=7']);
  world.ends('foo', 'main', exited(1));
  t.same(world.events('a/failed/failed'), []);
  t.end();
});

test('65: starting and stopping hold up the job they are about, started and stopped do not', (t) => {
  const world = new World({
    foo: SERVICE,
    other: SERVICE,
    s1: `start on starting foo\n${TASK}`,
    s2: `start on started foo\n${TASK}`,
    s3: `start on stopping foo\n${TASK}`,
    s4: `start on stopped foo\n${TASK}`,
  });
  const start = world.command('start foo');
  t.equal(world.status('foo'), 'foo start/starting');
  t.match(world.view('foo')?.waitsFor, /^event starting to be handled \(s1 \(start\/running\)\), at most/);
  t.equal(world.answer(world.command('start other')), 'ok');
  world.ends('s1', 'main');
  t.equal(world.answer(start), 'ok', 's2 still runs');
  const stop = world.command('stop foo');
  t.equal(world.status('foo'), 'foo stop/stopping, process 2'.replace('2', String(world.pid('foo', 'main'))));
  t.equal(world.answer(stop), 'waits');
  world.ends('s3', 'main');
  t.match(world.answer(stop), /^ok/, 's4 still runs');
  t.end();
});

test('a service on starting holds the job until it runs; a hook that fails does not keep it from starting', (t) => {
  const world = new World({
    foo: SERVICE,
    h: `start on starting foo\npost-start exec b\n${SERVICE}`,
    bad: `start on starting foo\n${TASK}`,
  });
  const start = world.command('start foo');
  world.ends('bad', 'main', exited(1));
  t.equal(world.answer(start), 'waits');
  world.ends('h', 'post-start');
  t.equal(world.answer(start), 'ok');
  t.same(world.events('starting/failed').length, 1);
  t.end();
});

test("66: $NAME in stop on is the job's own variable", (t) => {
  const world = new World({
    foo: `instance $N\n${SERVICE}`,
    side: `start on started foo\nstop on stopped foo INSTANCE=$INSTANCE\ninstance $INSTANCE\n${SERVICE}`,
  });
  world.command('start foo N=a');
  world.command('start foo N=b');
  world.command('stop foo N=a');
  t.same(
    world.core.jobs(world.now).map(({ ref }) => `${ref.name} ${ref.instance}`),
    ['foo b', 'side b'],
  );
  t.end();
});

test('emit waits for services to run, for tasks to finish and for stops to be over', (t) => {
  const world = new World({
    s: `start on a\nstop on z\npost-stop exec d\n${SERVICE}`,
    k: `start on a\n${TASK}`,
  });
  const a = world.emit('a');
  t.equal(world.answer(a), 'waits');
  world.ends('k', 'main');
  t.equal(world.answer(a), 'ok');
  const z = world.emit('z');
  t.equal(world.answer(z), 'waits');
  world.ends('s', 'post-stop', exited(1));
  t.equal(world.answer(z), 'Event failed');
  t.end();
});

test('emit checks its arguments, and an event that nobody hears succeeds', (t) => {
  const world = new World({});
  t.equal(world.answer(world.emit('nobody X=1 Y=')), 'ok');
  t.equal(world.answer(world.emit('ev A=b C')), 'Env must be KEY=VALUE pairs');
  t.equal(world.answer(world.emit('')), 'Name may not be empty string');
  t.same(world.logged('Handling'), ['Handling nobody event']);
  t.end();
});

test('a job whose goal is start already is left alone, and the event is let go', (t) => {
  const world = new World({ foo: `start on a and b\n${SERVICE}` });
  world.command('start foo');
  world.emit('a');
  t.equal(world.answer(world.emit('b')), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 1');
  t.equal(world.core.pending(world.now).length, 0);
  t.end();
});

test('an and with instances starts the first only', (t) => {
  const world = new World({ foo: `start on a and b\ninstance $N\n${SERVICE}` });
  world.emit('a N=1');
  world.emit('a N=2');
  world.emit('b');
  t.same(
    world.core.jobs(world.now).map(({ ref }) => ref.instance),
    ['1'],
  );
  t.end();
});

test('an event for each of several instances; a second one for the same changes nothing', (t) => {
  const world = new World({ foo: `start on go\ninstance $N\n${SERVICE}` });
  for (const event of ['go N=1', 'go N=2', 'go N=1', 'go']) t.equal(world.answer(world.emit(event)), 'ok');
  t.same(
    world.core.jobs(world.now).map(({ ref }) => ref.instance),
    ['1', '2'],
  );
  t.end();
});

test('stop on stopping NAME stops the dependent first', (t) => {
  const world = new World({
    a: SERVICE,
    b: `start on started a\nstop on stopping a\npost-stop exec d\n${SERVICE}`,
  });
  world.command('start a');
  const stop = world.command('stop a');
  t.match(world.status('a'), /stop\/stopping, process 1/);
  world.ends('b', 'post-stop');
  t.match(world.answer(stop), /^ok/);
  t.end();
});

test('a job that is removed lets go what its stop on had latched', (t) => {
  const world = new World({ foo: `stop on y and z\n${SERVICE}` });
  world.command('start foo');
  const y = world.emit('y');
  t.equal(world.answer(y), 'waits');
  world.command('stop foo');
  t.equal(world.answer(y), 'ok');
  t.end();
});

test('fifty services start with one event and stop with another', (t) => {
  const names = Array.from({ length: 50 }, (_, index) => `j${index}`);
  const world = new World(
    Object.fromEntries(names.map((name) => [name, `start on go\nstop on halt\n${SERVICE}`])),
  );
  const running = (): number => world.core.jobs(world.now).filter(({ state }) => state === 'running').length;
  const go = world.emit('go');
  t.equal(running(), 4, 'a few at once: clients are seen to before the next');
  t.equal(world.answer(go), 'waits');
  world.passes(1);
  t.equal(world.answer(go), 'ok');
  t.equal(running(), 50);
  t.equal(world.answer(world.emit('halt')), 'ok');
  t.same(world.core.jobs(world.now), []);
  t.end();
});

test('an event that one job lets go of is still held by the next', (t) => {
  const world = new World({ a: `start on z\n${SERVICE}`, c: `stop on x and z\n${SERVICE}` });
  world.command('start a');
  world.command('start c');
  const z = world.emit('z');
  t.equal(world.answer(z), 'waits');
  world.emit('x');
  t.match(world.answer(z), /^ok/);
  t.equal(world.status('c'), 'c stop/waiting');
  t.end();
});

test('jobs that chase one another without end leave room for whoever can stop them', (t) => {
  const world = new World({ foo: `start on stopped foo\nexec /missing`, bar: SERVICE });
  world.unstartable.set('foo main', 'unable to execute: No such file or directory');
  world.command('start foo', { wait: 'nothing' });
  world.passes(1);
  t.equal(world.logged('do not come to rest').length, 1);
  t.ok(world.timers.has('events'), 'it goes on later');
  t.equal(world.answer(world.command('start bar')), 'ok');
  world.load('foo', undefined);
  world.passes(1000);
  t.equal(world.status('foo'), 'Unknown job: foo');
  t.equal(world.timers.size, 0);
  t.end();
});
