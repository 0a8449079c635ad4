/**
 * The last step of `npm run build`: what is installed, in few files.
 *
 *   build/bundle/foster.cjs   all that `foster` and `initctl` load, with V8's code cache of it (bin/load.js)
 *   build/bundle/import.cjs   `foster import`
 *   build/bundle/web/         the page of `foster web` (src/web/page), for browsers
 *   build/bundle/become.cjs   a program of its own (src/supervisor/launch/become.ts)
 *   build/library/            what other programs may import (package.json, exports), with its declarations
 *
 * koffi stays a package of its own, since its native part is found by its place. Nothing is renamed or folded, so that stack
 * traces and profiles stay readable; `node --enable-source-maps` shows the lines of src/.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildChunks } from './lib/chunks.js';
import { copyDeclarations } from './lib/declarations.js';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

const OPTIONS = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['koffi'],
  sourcemap: true,
  // esbuild leaves import.meta empty in CommonJS
  define: { 'import.meta.url': 'BUNDLE_URL' },
  logLevel: 'warning',
};

/** `foster import` has a file of its own: a sixth of all, and a tool that is used once. */
const importApart = {
  name: 'import-apart',
  setup(making) {
    making.onResolve({ filter: /\/import\/import\.js$/ }, () => ({ path: './import.cjs', external: true }));
  },
};

await buildChunks({
  root: path('build/src'),
  outdir: path('build/bundle'),
  options: {
    ...OPTIONS,
    external: [...OPTIONS.external, './*.cjs'],
    plugins: [importApart],
    // `require` in its place, since the bundle runs as a script, which cannot import
    supported: { 'dynamic-import': false },
    // the function that Node itself puts around a CommonJS module, for bin/load.js to call
    banner: {
      js: `(function (exports, require, module, __filename, __dirname) {
const BUNDLE_URL = require('node:url').pathToFileURL(__filename).href;`,
    },
    footer: { js: '})' },
  },
});

await build({
  ...OPTIONS,
  entryPoints: [path('build/src/import/import.js')],
  outfile: path('build/bundle/import.cjs'),
  banner: { js: "const BUNDLE_URL = require('node:url').pathToFileURL(__filename).href;" },
});

await build({
  ...OPTIONS,
  entryPoints: [path('build/src/supervisor/launch/become.js')],
  outfile: path('build/bundle/become.cjs'),
  banner: { js: "const BUNDLE_URL = require('node:url').pathToFileURL(__filename).href;" },
});

const page = path('build/bundle/web');
rmSync(page, { recursive: true, force: true });
await build({
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  entryPoints: [path('src/web/page/main.ts')],
  outfile: `${page}/page.js`,
  logLevel: 'warning',
});
for (const name of ['index.html', 'page.css', 'icon.svg'])
  copyFileSync(path(`src/web/page/${name}`), `${page}/${name}`);

rmSync(path('build/library'), { recursive: true, force: true });
await build({
  ...OPTIONS,
  format: 'esm',
  define: {},
  entryPoints: { client: path('build/src/client/index.js'), tracker: path('build/src/tracker/index.js') },
  outdir: path('build/library'),
});
copyDeclarations(path('build/src'), ['client/index.d.ts', 'tracker/index.d.ts'], path('build/library/types'));

// Without a cache foster works, and starts more slowly.
const { status, stderr } = spawnSync(process.execPath, [path('scripts/code-cache.js')], { encoding: 'utf8' });
if (status !== 0)
  console.error(`bundle: no code cache could be made, foster will start slower: ${stderr.trim()}`);
