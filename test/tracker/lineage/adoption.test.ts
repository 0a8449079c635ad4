import { test } from 'tap';
import { Adoptions } from '../../../src/tracker/lineage/adoption.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';
import { Tracers } from '../../../src/tracker/tracers.js';

const fork = (parent: number, child: number): ProcessEvent => ({ type: 'fork', time: child, parent, child });
const exit = (pid: number): ProcessEvent => ({ type: 'exit', time: 100 + pid, pid, status: 0 });

/** @returns of each event, the notices that follow it, as `pid formerParent newParent` */
function notices(adoptions: Adoptions, events: readonly ProcessEvent[]): string[][] {
  return events.map((event) =>
    adoptions
      .observe(event)
      .map(({ pid, formerParent, newParent }) => `${pid} ${formerParent} ${newParent ?? '?'}`),
  );
}

test('three forks: each death is followed by the notice of its child, and the last is nobody’s creator', (t) => {
  const adoptions = new Adoptions([{ pid: 10, parent: 1 }], () => 1);
  const events = [fork(10, 11), fork(11, 12), fork(12, 13), exit(10), exit(11), exit(12), exit(13)];
  t.same(notices(adoptions, events), [[], [], [], ['11 10 1'], ['12 11 1'], ['13 12 1'], []]);
  t.end();
});

test('children are told of in the order of birth, those that were there before first', (t) => {
  const existing = [
    { pid: 10, parent: 1 },
    { pid: 12, parent: 10 },
  ];
  const adoptions = new Adoptions(existing, () => 1);
  t.same(notices(adoptions, [fork(10, 20), fork(10, 15), exit(20), exit(10)]).at(-1), ['12 10 1', '15 10 1']);
  t.end();
});

test('an adopted process is told of again when its new parent, a subreaper, ends', (t) => {
  const parents = [[5], [1]];
  const adoptions = new Adoptions([{ pid: 5, parent: 1 }], () => parents.shift()?.[0]);
  const told = notices(adoptions, [fork(5, 10), fork(10, 11), exit(10), exit(5)]);
  t.same(told.slice(2), [['11 10 5'], ['11 5 1']]);
  t.end();
});

test('exec and setsid change no parent, and a pid that comes round is another process', (t) => {
  const adoptions = new Adoptions([], () => undefined);
  const events: ProcessEvent[] = [
    fork(10, 11),
    { type: 'sid', time: 1, pid: 11 },
    { type: 'exec', time: 2, pid: 11 },
    fork(11, 12),
    fork(99, 11),
    exit(11),
  ];
  t.same(
    notices(adoptions, events),
    [[], [], [], [], [], []],
    'the child of the former bearer is not the new one’s',
  );
  t.end();
});

test('a process that is gone when its adopter is looked up has none', (t) => {
  const adoptions = new Adoptions([], () => undefined);
  t.same(notices(adoptions, [fork(10, 11), exit(10), exit(11)]), [[], ['11 10 ?'], []]);
  t.end();
});

test('a detach names the tracer that was told at the attach', (t) => {
  const tracers = new Tracers();
  const attach: ProcessEvent = { type: 'ptrace', time: 1, pid: 5, tracer: 9 };
  const detach: ProcessEvent = { type: 'ptrace', time: 2, pid: 5, tracer: 0 };
  t.equal(tracers.observe(attach), attach);
  t.same(tracers.observe(detach), { ...detach, formerTracer: 9 });
  t.same(tracers.observe(detach), detach);
  tracers.observe(attach);
  tracers.observe(exit(5));
  t.same(tracers.observe(detach), detach, 'a later process with this pid');
  t.end();
});
