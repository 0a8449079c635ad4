/** A short run of `npm run fuzz`: what failed once, and a few hundred new inputs for each target. */
import { readdirSync } from 'node:fs';
import t from 'tap';
import { runScript } from '../helpers/run-script.js';

const root = new URL('../../../', import.meta.url);
const INPUTS = '200';

const targets = readdirSync(new URL('scripts/fuzz/targets/', root)).map((name) => name.replace(/\.js$/, ''));

t.test('nothing is wrong with what failed once, nor with new inputs', async (t) => {
  const { status, text } = await runScript('fuzz.js', 'all', INPUTS);
  // the seed stands in it: a failure can be repeated
  t.equal(status, 0, text);
  for (const target of targets) t.match(text, new RegExp(`^${target} .*nothing was wrong$`, 'm'));
});

t.test('whatever is in the corpus belongs to a target', (t) => {
  for (const name of readdirSync(new URL('test/fuzz-corpus/', root))) t.ok(targets.includes(name), name);
  t.end();
});
