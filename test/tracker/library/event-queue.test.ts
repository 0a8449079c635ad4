import { test } from 'tap';
import type { ProcessEvent } from '../../../src/tracker/events.js';
import { EventQueue } from '../../../src/tracker/library/event-queue.js';

const event = (pid: number): ProcessEvent => ({ type: 'sid', time: pid, pid });

test('events wait for the reader, and the reader for events', async (t) => {
  const queue = new EventQueue(10, () => undefined);
  queue.push(event(1));
  queue.push(event(2));
  t.same(await queue.next(), { done: false, value: event(1) });
  t.same(await queue.next(), { done: false, value: event(2) });
  const next = queue.next();
  queue.push(event(3));
  t.same(await next, { done: false, value: event(3) });
});

test('a slow reader is told how many it missed, in their place', async (t) => {
  const queue = new EventQueue(2, () => undefined);
  for (let pid = 1; pid <= 5; pid += 1) queue.push(event(pid));
  t.same((await queue.next()).value, event(1));
  queue.push(event(6));
  t.same((await queue.next()).value, event(2));
  t.same((await queue.next()).value, { type: 'overflow', time: 3, lost: 4 });
  queue.push(event(7));
  t.same((await queue.next()).value, event(7), 'and then events flow again');
});

test('leaving the loop ends the source', async (t) => {
  let ended = false;
  const queue = new EventQueue(2, () => (ended = true));
  queue.push(event(1));
  for await (const seen of queue) {
    t.same(seen, event(1));
    break;
  }
  t.ok(ended);
  t.same(await queue.next(), { done: true, value: undefined });
});

test('closing the source ends the loop after what waits', async (t) => {
  const queue = new EventQueue(2, () => undefined);
  queue.push(event(1));
  queue.end();
  t.same((await queue.next()).value, event(1));
  t.same(await queue.next(), { done: true, value: undefined });
});
