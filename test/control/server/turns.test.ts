import t from 'tap';
import type { Caller } from '../../../src/control/server/authorisation.js';
import { Turns } from '../../../src/control/server/turns.js';

const owner = (pid: number): Caller => ({ pid, uid: 0, gid: 0, access: 'owner' });
const stranger = (uid: number): Caller => ({ pid: uid + 1, uid, gid: uid, access: 'everyone' });

/** Turns with time by hand: work takes as long as it says. */
function setUp() {
  let time = 0;
  const soon: (() => void)[] = [];
  const later: { at: number; work: () => void }[] = [];
  const behind = new Set<string>();
  const log: string[] = [];
  const clock = {
    now: () => time,
    soon: (work: () => void) => void soon.push(work),
    after: (milliseconds: number, work: () => void) => void later.push({ at: time + milliseconds, work }),
  };
  const turns = new Turns({ clock, isBehind: (client) => behind.has(client) });
  const ask = (caller: Caller, name: string, takes = 1): void => {
    turns.enqueue(caller, () => {
      log.push(name);
      time += takes;
    });
  };
  /** One round of the event loop; false when nothing is left to be done. */
  const round = (): boolean => {
    const due = soon.splice(0);
    for (const work of due) work();
    if (due.length > 0) return true;
    later.sort((one, other) => one.at - other.at);
    const next = later.shift();
    if (next === undefined) return false;
    time = Math.max(time, next.at);
    next.work();
    return true;
  };
  const finish = (): void => {
    while (round());
  };
  return { turns, ask, round, finish, behind, log, now: () => time };
}

t.test('nothing is answered before the event loop has looked at everything that came', (t) => {
  const { ask, log, round } = setUp();
  ask(owner(1), 'a');
  t.same(log, []);
  round();
  t.same(log, ['a']);
  t.end();
});

t.test("the owner's requests come before those of strangers, whoever asked first", (t) => {
  const { ask, log, finish } = setUp();
  for (let n = 0; n < 3; n += 1) ask(stranger(1000), 'stranger');
  ask(owner(1), 'owner');
  finish();
  t.same(log, ['owner', 'stranger', 'stranger', 'stranger']);
  t.end();
});

t.test('clients take turns: two thousand requests of one do not stand before the first of another', (t) => {
  const { ask, log, finish } = setUp();
  for (let n = 0; n < 2000; n += 1) ask(owner(1), 'many');
  ask(owner(2), 'one');
  for (let n = 0; n < 50; n += 1) ask(stranger(1000), 'crowd');
  ask(stranger(1001), 'other');
  finish();
  t.equal(log.indexOf('one'), 1);
  t.equal(log.indexOf('other') - log.indexOf('crowd'), 1);
  t.equal(log.length, 2052, 'and each was answered');
  t.end();
});

t.test('a process that has not asked lately comes before a thousand that ask all the time', (t) => {
  const { ask, log, finish, round } = setUp();
  const askAll = (): void => {
    for (let pid = 1; pid <= 1000; pid += 1) ask(owner(pid), 'busy', 0.3);
  };
  askAll();
  finish();
  askAll();
  round();
  const before = log.length;
  ask(owner(2000), 'newcomer', 0.3);
  round();
  t.equal(log.indexOf('newcomer'), before);
  // its second one waits for its turn
  ask(owner(2000), 'again', 0.3);
  finish();
  t.equal(log.at(-1), 'again');
  t.end();
});

t.test('whose last answer is long ago is a newcomer again', (t) => {
  const { ask, log, finish } = setUp();
  ask(owner(1), 'first');
  finish();
  ask(owner(3), 'takes long', 2000);
  finish();
  ask(owner(2), 'answered');
  finish();
  ask(owner(2), 'busy');
  ask(owner(1), 'comes back');
  finish();
  t.same(log, ['first', 'takes long', 'answered', 'comes back', 'busy']);
  t.end();
});

t.test('the event loop runs between slices of work', (t) => {
  const { ask, log, round } = setUp();
  for (let n = 0; n < 100; n += 1) ask(owner(1), 'x', 2);
  round();
  t.equal(log.length, 3, 'six milliseconds, since a request is not cut');
  round();
  t.equal(log.length, 6);
  t.end();
});

t.test('strangers get a quarter of the time', (t) => {
  const { ask, finish, now } = setUp();
  for (let n = 0; n < 10; n += 1) ask(stranger(1000), 'x', 2);
  finish();
  t.ok(now() >= 9 * 8 + 2, `ten requests of 2 ms took ${now()} ms`);
  t.end();
});

t.test('who does not take its answers gets no further one, until it does', (t) => {
  const { turns, ask, finish, behind, log } = setUp();
  behind.add('process 1');
  ask(owner(1), 'behind');
  ask(owner(2), 'reads');
  finish();
  t.same(log, ['reads']);
  behind.clear();
  turns.wake();
  finish();
  t.same(log, ['reads', 'behind']);
  t.end();
});
