import t from 'tap';
import { RejectedNotifications } from '../../../src/supervisor/readiness/rejected-notifications.js';
import { until } from '../../helpers/until.js';

t.test('the first is a line, a flood is one more', async (t) => {
  const lines: string[] = [];
  const refused = new RejectedNotifications((_level, text) => void lines.push(text), 20);
  t.teardown(() => refused.close());
  for (let n = 0; n < 10_000; n += 1) refused.note({ pid: 100 + (n % 3), uid: 1000 }, 'it belongs to no job');
  t.same(lines, ['A notice was refused, of process 100 of user 1000: it belongs to no job']);
  await until('the summary', () => lines.length === 2);
  t.equal(
    lines[1],
    '9999 notices of 3 processes were refused in the last minute; the latest of process 100 of user 1000: it belongs to no job',
  );
});
