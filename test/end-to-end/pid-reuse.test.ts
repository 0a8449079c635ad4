/** A short run of scripts/pid-reuse.js: pids come again at once, and no stranger gets a signal or is taken for a main. */
import { test } from 'tap';
import { mayMakeNamespaces } from '../helpers/pid-one.js';
import { runScript } from '../helpers/run-script.js';

const [SECONDS, SEED] = ['8', '3'] as const;

const skip = mayMakeNamespaces ? false : 'needs root';

test('hundreds of forks a second among 160 pids', { skip }, async (t) => {
  const { status, text } = await runScript('pid-reuse.js', SECONDS, SEED);
  t.equal(status, 0, text);
  t.match(text, 'no stranger got a signal, none was main');
});
