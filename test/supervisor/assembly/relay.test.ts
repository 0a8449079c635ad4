import { test } from 'tap';
import { Relay } from '../../../src/supervisor/assembly/relay.js';

test('what is sent before anybody is connected waits, and keeps its order', (t) => {
  const relay = new Relay<number>();
  const received: number[] = [];
  relay.send(1);
  relay.send(2);
  relay.connect((value) => received.push(value));
  relay.send(3);
  t.same(received, [1, 2, 3]);
  t.throws(() => relay.connect(() => undefined), /one receiver/);
  t.end();
});
