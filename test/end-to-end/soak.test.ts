/** A short run of `npm run soak`: after respawns, events, rotations of logs and re-execs foster holds what it held before. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { plainEnvironment } from '../helpers/child.js';

const SCRIPT = fileURLToPath(new URL('../../../scripts/lib/soak.js', import.meta.url));
const SECONDS = '20';

test('nothing grows', async (t) => {
  const env = { ...plainEnvironment(), NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [SCRIPT, SECONDS], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const status = await new Promise((resolve) => child.once('close', resolve));
  t.equal(status, 0, text);
  t.match(text, /[1-9]\d* events, [1-9]\d* tasks, [1-9]\d* reexecs, [1-9]\d* respawns/);
});
