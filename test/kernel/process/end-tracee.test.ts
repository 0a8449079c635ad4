import { readdirSync } from 'node:fs';
import { test } from 'tap';
import { endTracee, seize } from '../../../src/kernel/process/ptrace.js';
import { until } from '../../helpers/until.js';
import { shell, start } from '../support.js';

test('ends a traced process that has made threads, which are traced as well', async (t) => {
  const pid = start(process.execPath, [process.execPath, '-e', 'setInterval(() => undefined, 1000)']);
  if (seize(pid) === 'forbidden') {
    endTracee(pid);
    t.comment('skipped: tracing is forbidden here');
    return;
  }
  await until('a thread', () => readdirSync(`/proc/${pid}/task`).length > 1);
  t.equal(endTracee(pid), 9);
});

test('ends one that has no threads, and one that is not traced', (t) => {
  const pid = shell('while :; do :; done');
  seize(pid);
  t.equal(endTracee(pid), 9);
  t.equal(endTracee(shell('while :; do :; done')), 9);
  t.end();
});
