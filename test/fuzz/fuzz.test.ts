/** A short run of `npm run fuzz`: what failed once, and a few hundred new inputs for each target. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { plainEnvironment } from '../helpers/child.js';

const root = new URL('../../../', import.meta.url);
const SCRIPT = fileURLToPath(new URL('scripts/fuzz.js', root));
const INPUTS = '200';

const targets = readdirSync(new URL('scripts/fuzz/targets/', root)).map((name) => name.replace(/\.js$/, ''));

t.test('nothing is wrong with what failed once, nor with new inputs', async (t) => {
  const env = { ...plainEnvironment(), NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [SCRIPT, 'all', INPUTS], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const status = await new Promise((resolve) => child.once('close', resolve));
  // the seed stands in it: a failure can be repeated
  t.equal(status, 0, text);
  for (const target of targets) t.match(text, new RegExp(`^${target} .*nothing was wrong$`, 'm'));
});

t.test('whatever is in the corpus belongs to a target', (t) => {
  for (const name of readdirSync(new URL('test/fuzz-corpus/', root))) t.ok(targets.includes(name), name);
  t.end();
});
