import t from 'tap';
import { Unread } from '../../../src/control/server/unread.js';

const MEBIBYTE = 1024 * 1024;

t.test('a client that reads is never behind, however large its answer', (t) => {
  const unread = new Unread();
  t.notOk(unread.isBehind('user 1000'));
  unread.add('user 1000', 5 * MEBIBYTE);
  t.ok(unread.isBehind('user 1000'));
  unread.remove('user 1000', 5 * MEBIBYTE);
  t.notOk(unread.isBehind('user 1000'));
  t.end();
});

t.test('an owner may have more than a stranger', (t) => {
  const unread = new Unread();
  unread.add('process 1', 2 * MEBIBYTE);
  t.notOk(unread.isBehind('process 1'));
  unread.add('user 1000', 2 * MEBIBYTE);
  t.ok(unread.isBehind('user 1000'));
  t.end();
});

t.test('when many clients together take nothing, those that owe nothing are still answered', (t) => {
  const unread = new Unread();
  for (let pid = 1; pid <= 10; pid += 1) unread.add(`process ${pid}`, 8 * MEBIBYTE);
  t.ok(unread.isBehind('process 1'));
  t.notOk(unread.isBehind('process 99'));
  t.end();
});
