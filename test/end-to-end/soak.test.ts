/** A short run of `npm run soak`: after respawns, events, rotations of logs and re-execs foster holds what it held before. */
import { test } from 'tap';
import { runScript } from '../helpers/run-script.js';

const SECONDS = '20';

test('nothing grows', async (t) => {
  const { status, text } = await runScript('lib/soak.js', SECONDS);
  t.equal(status, 0, text);
  t.match(text, /[1-9]\d* events, [1-9]\d* tasks, [1-9]\d* reexecs, [1-9]\d* respawns/);
});
