/** What is held up, and by whom. */
import { test } from 'tap';
import { World } from './support/world.js';

const SERVICE = 'exec sleep 1000';

test('a job that others hold up, their event and the command that waits are all told of', (t) => {
  const world = new World({ foo: SERVICE, hook: 'start on starting foo\ntask\nexec sleep 1000' });
  world.command('start foo');
  const [event, job, command, ...others] = world.core.pending(world.now);
  t.same(event, { what: 'event starting JOB=foo INSTANCE=', waitsFor: ['hook (start/running)'] });
  t.match(job, {
    what: 'job foo',
    waitsFor: [/^event starting to be handled \(hook \(start\/running\)\), at/],
  });
  t.same(command, { what: 'command start foo', waitsFor: ['foo (start/starting)'] });
  t.same(others, []);
  world.ends('hook', 'main');
  t.same(world.core.pending(world.now), []);
  t.end();
});

test('of an expression that is true in part, only what would complete it is named', (t) => {
  for (const [expression, events, missing] of [
    ['a and b X=1', 'a', 'b X=1'],
    ['(a and b) or c', 'a', 'b or c'],
    ['(a or b) and c', 'b', 'c'],
    ['(a or b) and (c and d e)', 'd A=e', 'a or b and c'],
    ['a and (b or c and d)', 'd', 'a and (b or c)'],
  ] as const) {
    const world = new World({ foo: `start on ${expression}\n${SERVICE}` });
    world.emit(events);
    t.match(world.core.pending(world.now)[0], {
      waitsFor: [`start on of foo, which also waits for ${missing}`],
    });
  }
  t.end();
});

test('each question about holders is answered alike, until something changes', (t) => {
  const world = new World({
    foo: `start on a and b\nstop on e and f\n${SERVICE}`,
    bar: `start on b\nstop on e and g\n${SERVICE}`,
    hook: 'start on starting bar\ntask\nexec sleep 1000',
  });
  world.emit('a');
  world.emit('b');
  world.emit('e');
  const waits = () => world.core.pending(world.now);
  const [first, second] = [waits(), waits()];
  t.same(first, second);
  t.same(
    first.filter(({ what }) => what.startsWith('event')).map(({ what, waitsFor }) => [what, ...waitsFor]),
    [
      ['event b', 'bar (start/starting)'],
      ['event starting JOB=bar INSTANCE=', 'hook (start/running)'],
      ['event e', 'stop on of foo, which also waits for f', 'stop on of bar, which also waits for g'],
    ],
  );
  world.ends('hook', 'main');
  t.same(
    waits().map(({ what }) => what),
    ['event e', 'command emit e'],
    'nothing of what was found before is left',
  );
  t.end();
});

test('status says what a class or a job still waits for, and since when', (t) => {
  const world = new World({ foo: `start on a and b\nstop on y and z and x\n${SERVICE}` });
  const classWait = () => world.core.classes()[0]?.waitsFor;
  t.equal(classWait(), undefined);
  world.emit('b');
  t.equal(classWait(), 'event a to start, since b has come');
  world.emit('a');
  t.equal(classWait(), undefined);
  t.equal(world.view('foo')?.waitsFor, undefined);
  world.emit('z');
  world.emit('x');
  t.equal(world.view('foo')?.waitsFor, 'event y to stop, since z and x have come');
  t.end();
});
