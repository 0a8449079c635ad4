/**
 * Writes V8's code cache of the bundle, for the Node that runs this: at the build, and where foster is installed, since the cache
 * holds for one version of Node alone. It is made under the flags that bin/foster gives Node.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from './lib/node-flags.js';

const warmUp = fileURLToPath(new URL('lib/warm-up.cjs', import.meta.url));

for (const what of ['init', 'client']) {
  const { status, stderr } = spawnSync(process.execPath, [...nodeFlags(), warmUp, what], {
    encoding: 'utf8',
  });
  if (status === 0) continue;
  process.stderr.write(stderr);
  process.exitCode = status ?? 1;
}
