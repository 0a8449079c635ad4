/** A small run of `npm run chaos`: after faults at random every job runs exactly once, and nothing is left at the end. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { plainEnvironment } from '../helpers/child.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';

const SCRIPT = fileURLToPath(new URL('../../../scripts/chaos.sh', import.meta.url));

test('twenty faults at random', { skip: mayMakeNamespaces ? false : 'needs root' }, (t) => {
  const env = { ...plainEnvironment(), NODE_OPTIONS: '', FAULTS: '20', CHAOS_JOBS: '16' };
  const { stdout, status } = spawnSync('bash', [SCRIPT, '2'], { env, encoding: 'utf8' });
  t.equal(status, 0, stdout);
  t.end();
});
