/** A short run of scripts/overflow.js: process events are lost while daemons go into the background, and each main is known all the same. */
import { test } from 'tap';
import { testPerf } from '../../src/tracker/sources/perf-self-test.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';
import { runScript } from '../helpers/run-script.js';

const [ROUNDS, FORKS, SECONDS] = ['1', '30000', '1'] as const;

const perf = testPerf();
const skip = !mayMakeNamespaces ? 'needs root' : !perf.works && `perf does not work here: ${perf.reason}`;

test('perf loses events', { skip }, async (t) => {
  const { status, text } = await runScript('overflow.js', 'perf', ROUNDS, FORKS, SECONDS);
  t.equal(status, 0, text);
  t.match(text, 'every main is right');
});
