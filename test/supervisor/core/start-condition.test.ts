/** `start matches`: what an `and` remembers (Upstart section 3.2, "AND loses events", and what there is against it). */
import { test } from 'tap';
import { World } from './support/world.js';

const SERVICE = 'instance $N\nexec sleep 1000';

function running(world: World): string[] {
  return world.core.jobs(world.now).map(({ ref }) => ref.instance);
}

test('by default an and keeps the first event, as in Upstart, and one instance starts', (t) => {
  for (const stanza of ['', 'start matches first\n']) {
    const world = new World({ foo: `start on a and b\n${stanza}${SERVICE}` });
    world.emit('a N=1');
    t.equal(world.answer(world.emit('a N=2')), 'ok', 'let go at once');
    world.emit('b');
    t.same(running(world), ['1']);
  }
  t.end();
});

test('start matches all: each event begins a match of its own, and the event that completes them starts all', (t) => {
  const world = new World({ foo: `start on a and b\nstart matches all\n${SERVICE}` });
  const waiting = ['a N=1', 'a N=2', 'a N=3'].map((event) => world.emit(event));
  t.same(
    waiting.map((emit) => world.answer(emit)),
    ['waits', 'waits', 'waits'],
  );
  t.equal(world.answer(world.emit('a N=2')), 'ok', 'what is held already adds nothing');
  const b = world.emit('b X=1');
  t.same(running(world), ['1', '2', '3']);
  t.same(
    [...waiting, b].map((emit) => world.answer(emit)),
    ['ok', 'ok', 'ok', 'ok'],
  );
  t.same(world.core.pending(world.now), []);
  world.emit('a N=4');
  t.same(running(world), ['1', '2', '3'], 'the event that has completed a match is used up');
  t.end();
});

test('start matches all: a match goes on from the one that the event has no place in', (t) => {
  const world = new World({ foo: `start on a and b and c\nstart matches all\n${SERVICE}` });
  for (const event of ['a N=1', 'b', 'a N=2', 'c']) world.emit(event);
  t.same(running(world), ['1', '2']);
  t.end();
});

test('start matches all: an event may take several leaves, and one with an or completes at once', (t) => {
  const world = new World({ foo: `start on (a or b) and c\nstart matches all\n${SERVICE}` });
  for (const event of ['a N=1', 'b N=2', 'c']) world.emit(event);
  t.same(running(world), ['2'], 'a and b stand in one match: the later variables replace the earlier');
  const one = new World({ foo: `start on a or b\nstart matches all\n${SERVICE}` });
  for (const event of ['a N=1', 'b N=2', 'a N=3']) one.emit(event);
  t.same(running(one), ['1', '2', '3']);
  t.end();
});

test('matches are kept when the file changes, and over a re-exec', (t) => {
  const text = `start on a and b\nstart matches all\n${SERVICE}`;
  const world = new World({ foo: text });
  world.emit('a N=1');
  world.emit('a N=2');
  world.load('foo', `${text} # as it was`);
  const next = new World({ foo: text });
  next.takesBack(world.core.save(world.now));
  next.emit('b');
  t.same(running(next), ['1', '2']);
  world.load('foo', text.replace('a and b', 'a and c'));
  world.emit('b');
  t.same(running(world), []);
  world.emit('c');
  t.same(running(world), ['1', '2']);
  t.end();
});

test('matches that nothing completes do not grow without end', (t) => {
  const world = new World({ foo: `start on a and b\nstart matches all\n${SERVICE}` });
  for (let number = 0; number < 1100; number++) world.emit(`a N=${number}`);
  t.equal(world.core.pending(world.now).filter(({ what }) => what.startsWith('event a')).length, 1000);
  t.end();
});
