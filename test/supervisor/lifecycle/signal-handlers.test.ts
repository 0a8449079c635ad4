import { test } from 'tap';
import { SignalHandlers } from '../../../src/supervisor/lifecycle/signal-handlers.js';

test('signals wait for somebody to act on them, and for the program that replaces this one', (t) => {
  const signals = new SignalHandlers();
  t.teardown(() => signals.stop());
  const came: string[] = [];
  process.emit('SIGHUP');
  signals.start((name) => came.push(name));
  t.same(came, ['HUP']);
  signals.hold();
  process.emit('SIGTERM');
  t.same(came, ['HUP']);
  t.same(signals.waiting, ['TERM']);
  signals.release();
  t.same(came, ['HUP', 'TERM']);
  t.end();
});

test('when foster ends, signals change nothing about that', (t) => {
  const others = process.listenerCount('SIGTERM');
  const signals = new SignalHandlers();
  const came: string[] = [];
  signals.start((name) => came.push(name));
  signals.ignore();
  process.emit('SIGTERM');
  t.same(came, []);
  t.equal(process.listenerCount('SIGTERM'), others + 1, 'it does not die of it');
  signals.stop();
  t.equal(process.listenerCount('SIGTERM'), others);
  t.end();
});

test('a broken pipe never ends foster, when all other handlers are gone', (t) => {
  new SignalHandlers().stop();
  const handlers = process.listenerCount('SIGPIPE');
  t.ok(handlers > 0);
  new SignalHandlers().stop();
  t.equal(process.listenerCount('SIGPIPE'), handlers, 'one is enough');
  t.end();
});
