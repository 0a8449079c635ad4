/**
 * The last step of `npm run build`: one file of all that `foster` and `initctl` load, and V8's code cache of it (bin/load.js).
 * koffi stays a package of its own, since its native part is found by its place. Nothing is renamed or folded, so that stack
 * traces and profiles stay readable; `node --enable-source-maps` shows the lines of src/.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { nodeFlags } from './lib/node-flags.js';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

await build({
  entryPoints: [path('build/src/cli/run.js')],
  outfile: path('build/bundle/foster.cjs'),
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // what only `foster import` reads would make every start slower
  external: ['koffi', 'json5', 'yaml'],
  sourcemap: true,
  // esbuild leaves import.meta empty in CommonJS
  define: { 'import.meta.url': 'BUNDLE_URL' },
  // the function that Node itself puts around a CommonJS module, for bin/load.js to call
  banner: {
    js: `(function (exports, require, module, __filename, __dirname) {
const BUNDLE_URL = require('node:url').pathToFileURL(__filename).href;`,
  },
  footer: { js: '})' },
  logLevel: 'warning',
});

// Without a cache foster works, and starts more slowly.
const args = [...nodeFlags(), path('scripts/code-cache.cjs')];
const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
if (status !== 0)
  console.error(`bundle: no code cache could be made, foster will start slower: ${stderr.trim()}`);
