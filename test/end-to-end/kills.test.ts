/** A short run of scripts/kills.js: foster is killed and replaced at random moments, and no job and no line of a log notices. */
import { test } from 'tap';
import { mayMakeNamespaces } from '../helpers/pid-one.js';
import { runScript } from '../helpers/run-script.js';

const [KILLS, REEXECS, JOBS, SEED] = ['4', '3', '8', '7'] as const;

const skip = mayMakeNamespaces ? false : 'needs root';

test('kills and re-execs at random moments', { skip }, async (t) => {
  const { status, text } = await runScript('kills.js', KILLS, REEXECS, JOBS, SEED);
  t.equal(status, 0, text);
  t.match(text, '0 restarted, 0 doubled, 0 lines doubled, 0 lines lost,');
});
