/** What is remembered of a job for people: who started and stopped it, and how its mains ended. */
import { test } from 'tap';
import { createCore } from '../../../src/supervisor/core/core.js';
import { exited, killedBy, World } from './support/world.js';
import type { JobHistory } from '../../../src/supervisor/core/model.js';

function historyOf(world: World, name: string): JobHistory | undefined {
  const found = world.core.find(name, [], world.now);
  if (!('kind' in found)) return undefined;
  return found.kind === 'job' ? found.history : found.lastEnd?.history;
}

const SERVICE = 'exec sleep 1000';

test('a command is remembered with who gave it', (t) => {
  const world = new World({ foo: SERVICE });
  const command = { kind: 'command', name: 'foo', env: [], wait: 'nothing', dialect: 'foster' } as const;
  world.input({ ...command, id: 1, verb: 'start', by: 1000 });
  t.match(historyOf(world, 'foo')?.started, { cause: { kind: 'command', verb: 'start', by: 1000 } });
  world.input({ ...command, id: 2, verb: 'restart', by: 0 });
  t.match(historyOf(world, 'foo'), {
    started: { cause: { kind: 'command', verb: 'restart', by: 0 } },
    mains: [{ sequel: 'stopped', status: killedBy('TERM') }],
  });
  world.input({ ...command, id: 3, verb: 'stop', by: 'shutdown' });
  t.match(historyOf(world, 'foo')?.stopped, { cause: { kind: 'command', verb: 'stop', by: 'shutdown' } });
  t.end();
});

test('events, and jobs that require each other, are remembered', (t) => {
  const world = new World({
    foo: `start on a and b X=1\nstop on c\n${SERVICE}`,
    db: SERVICE,
    web: `requires db\n${SERVICE}`,
  });
  for (const event of ['a', 'b X=1 Y=2']) world.emit(event);
  t.same(historyOf(world, 'foo')?.started?.cause, { kind: 'events', events: ['a', 'b X=1 Y=2'] });
  world.emit('c');
  t.same(historyOf(world, 'foo')?.stopped?.cause, { kind: 'events', events: ['c'] });
  world.command('start web');
  t.same(historyOf(world, 'db')?.started?.cause, { kind: 'job', job: 'web' });
  world.command('stop db');
  t.same(historyOf(world, 'web')?.stopped?.cause, { kind: 'job', job: 'db' });
  t.end();
});

test('what a job does by itself has no cause, and follows from how its main ended', (t) => {
  const world = new World({ foo: `respawn\nrespawn limit 2 10\n${SERVICE}`, task: `task\n${SERVICE}` });
  world.command('start foo');
  for (let count = 0; count < 3; count++) world.ends('foo', 'main', exited(3));
  const history = historyOf(world, 'foo');
  t.match(history, { started: { cause: { verb: 'start' } }, stopped: undefined });
  t.same(
    history?.mains.map(({ sequel }) => sequel),
    ['respawned', 'respawned', 'failed'],
  );
  world.command('start task');
  world.ends('task', 'main', 0);
  t.match(historyOf(world, 'task')?.mains, [{ sequel: 'finished', status: 0 }]);
  t.end();
});

test('a job keeps its history when it is started again, and no more than ten mains', (t) => {
  const world = new World({ foo: `task\n${SERVICE}` });
  for (let run = 0; run < 15; run++) {
    world.command('start foo');
    world.ends('foo', 'main', exited(run));
  }
  t.same(
    historyOf(world, 'foo')?.mains.map(({ status }) => status),
    [5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map(exited),
  );
  t.end();
});

test('an event with much in it is shortened, and so is a long list of events', (t) => {
  const world = new World({ foo: `start on a and b and c and d and e\n${SERVICE}` });
  world.emit(`a X=${'x'.repeat(10_000)}`);
  for (const event of ['b', 'c', 'd', 'e']) world.emit(event);
  const cause = historyOf(world, 'foo')?.started?.cause;
  const events = cause?.kind === 'events' ? cause.events : [];
  t.equal(events.length, 4);
  t.equal(events[3], '2 more');
  t.ok(JSON.stringify(cause).length < 500);
  t.end();
});

test('it is saved and read again, and files without it have none', (t) => {
  const world = new World({ foo: `respawn\n${SERVICE}`, gone: `task\n${SERVICE}` });
  world.command('start foo');
  world.ends('foo', 'main', killedBy('SEGV'));
  world.command('start gone');
  world.ends('gone', 'main', 0);
  const saved = world.core.save(world.now);
  const restored = (state: object): World => {
    const other = new World({ foo: `respawn\n${SERVICE}`, gone: `task\n${SERVICE}` });
    other.core = createCore(other.coreOptions());
    for (const [name, jobClass] of other.classes) other.input({ kind: 'class', name, class: jobClass });
    const snapshot = other.core.decode(JSON.parse(JSON.stringify(state)), world.now);
    other.core.restore(snapshot, world.now);
    return other;
  };
  const other = restored(saved);
  for (const name of ['foo', 'gone']) {
    t.ok((historyOf(world, name)?.mains.length ?? 0) > 0);
    t.same(historyOf(other, name), historyOf(world, name), name);
  }
  const old = JSON.parse(JSON.stringify(saved), (key, value: unknown) =>
    key === 'history' ? undefined : value,
  ) as object;
  t.same(historyOf(restored(old), 'foo'), { started: undefined, stopped: undefined, mains: [] });
  t.end();
});
