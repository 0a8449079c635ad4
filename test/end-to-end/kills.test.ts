/** A short run of scripts/kills.js: foster is killed and replaced at random moments, and no job and no line of a log notices. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { plainEnvironment } from '../helpers/child.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';

const SCRIPT = fileURLToPath(new URL('../../../scripts/kills.js', import.meta.url));
const [KILLS, REEXECS, JOBS, SEED] = ['4', '3', '8', '7'];

const skip = mayMakeNamespaces ? false : 'needs root';

test('kills and re-execs at random moments', { skip }, async (t) => {
  const env = { ...plainEnvironment(), NODE_OPTIONS: '' };
  const line = [SCRIPT, KILLS, REEXECS, JOBS, SEED];
  const child = spawn(process.execPath, line, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const status = await new Promise((resolve) => child.once('close', resolve));
  t.equal(status, 0, text);
  t.match(text, '0 restarted, 0 doubled, 0 lines doubled, 0 lines lost,');
  t.match(text, '0 lines lost of runs that ended in a re-exec');
});
