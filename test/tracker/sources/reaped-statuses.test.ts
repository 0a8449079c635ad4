import { test } from 'tap';
import { ReapedStatuses } from '../../../src/tracker/sources/reaped-statuses.js';

test('a status is remembered until the queue has been read twice', (t) => {
  const statuses = new ReapedStatuses();
  statuses.note(7, 256);
  statuses.wasRead();
  t.ok(statuses.has(7), 'what was reaped while the queue was read is told of by the next reading');
  t.equal(statuses.take(7), 256);
  statuses.wasRead();
  t.notOk(statuses.has(7));
  t.equal(statuses.take(7), undefined);
  t.end();
});
