/**
 * Splits the program into a few scripts, of which each process loads what it needs:
 *
 *   foster.cjs     reads the command line (src/cli/run.ts); everybody loads it
 *   init.cjs       the supervisor
 *   client.cjs     start, stop, status, list …: what is asked for again and again
 *   commands.cjs   all other commands
 *
 * A dynamic import in foster.cjs is where another one begins. Modules of foster.cjs exist once, also for the others, so that `instanceof`
 * and the state of a module hold across them; the other three never meet in one process, and may have copies of a module.
 */
import { relative } from 'node:path';
import { build } from 'esbuild';
import { addIdentity } from './script-identity.js';

/** Which chunk holds a module that foster.cjs imports dynamically: the first whose pattern fits. */
const CHUNKS = [
  { name: 'init', pattern: /^cli\/commands\/init\.js$/ },
  { name: 'client', pattern: /^cli\/(commands\/(list|status|job-command)|initctl\/job-commands)\.js$/ },
  { name: 'commands', pattern: /./ },
];

/** Where a script finds the modules of foster.cjs. */
const BASE = './foster.cjs';

/**
 * @param options for esbuild, the same for all chunks
 * @param root folder of the compiled modules
 * @param outdir where the scripts are written
 */
export async function buildChunks({ options, root, outdir }) {
  const keyOf = (path) => relative(root, path);
  const entries = new Map(CHUNKS.map(({ name }) => [name, new Set()]));

  const toChunks = {
    name: 'to-chunks',
    setup(making) {
      making.onResolve({ filter: /^\./ }, async (found) => {
        if (found.kind !== 'dynamic-import' || found.pluginData?.isAsked) return undefined;
        const { path } = await resolve(making, found);
        const key = keyOf(path);
        const { name } = CHUNKS.find(({ pattern }) => pattern.test(key));
        entries.get(name).add(key);
        return { path: key, namespace: 'chunk', pluginData: name };
      });
      making.onLoad({ filter: /./, namespace: 'chunk' }, ({ path, pluginData }) => ({
        contents: moduleOf(`./${pluginData}.cjs`, path),
      }));
    },
  };

  const fromBase = (shared) => ({
    name: 'from-base',
    setup(making) {
      making.onResolve({ filter: /^\./ }, async (found) => {
        if (found.pluginData?.isAsked) return undefined;
        const { path } = await resolve(making, found);
        return shared.has(keyOf(path)) ? { path: keyOf(path), namespace: 'base' } : undefined;
      });
      making.onLoad({ filter: /./, namespace: 'base' }, ({ path }) => ({ contents: moduleOf(BASE, path) }));
    },
  });

  const script = async (name, keys, plugins, further = {}) => {
    const outfile = `${outdir}/${name}.cjs`;
    const result = await build({
      ...options,
      ...further,
      plugins: [...plugins, ...(options.plugins ?? [])],
      // the plugins find the keys in an order that differs from build to build
      stdin: { contents: entryOf([...keys].sort()), resolveDir: root, sourcefile: `${name}.js` },
      outfile,
    });
    if (further.write !== false) addIdentity(outfile);
    return result;
  };

  const entry = 'cli/run.js';
  const { metafile } = await script('foster', [entry], [toChunks], { metafile: true, write: false });
  const shared = new Set(Object.keys(metafile.inputs).map((path) => keyOf(path)));
  const ofBase = [...shared].filter((key) => !key.startsWith('..') && key.includes('/'));
  await script(
    'foster',
    ofBase.filter((key) => key.endsWith('.js') && !key.includes(':')),
    [toChunks],
  );
  for (const [name, keys] of entries) await script(name, keys, [fromBase(new Set(ofBase))]);
}

function resolve(making, { path, importer, resolveDir, kind }) {
  return making.resolve(path, { importer, resolveDir, kind, pluginData: { isAsked: true } });
}

/** A script that exports whole modules, by their path. */
function entryOf(keys) {
  const imports = keys.map((key, index) => `import * as m${index} from './${key}';`);
  const names = keys.map((key, index) => `'${key}': m${index}`);
  return `${imports.join('\n')}\nexport const modules = { ${names.join(', ')} };\n`;
}

function moduleOf(script, key) {
  return `module.exports = require('${script}').modules['${key}'];`;
}
