import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import t from 'tap';
import { plainEnvironment } from '../helpers/child.js';

const root = new URL('../../../', import.meta.url);
const LOADER = fileURLToPath(new URL('bin/load.js', root));

interface NodeFlags {
  readonly nodeFlags: () => readonly string[];
}

function scriptOf(installation: URL, name: string): string {
  return fileURLToPath(new URL(`build/bundle/${name}.cjs`, installation));
}

/** What `code` prints in a Node that has the flags of bin/foster. */
async function evaluate(code: string): Promise<string> {
  const { nodeFlags } = (await import(new URL('scripts/lib/node-flags.js', root).href)) as NodeFlags;
  const args = [...nodeFlags(), '--print', code, LOADER];
  return execFileSync(process.execPath, args, { encoding: 'utf8', env: plainEnvironment() }).trim();
}

interface ScriptIdentity {
  readonly addIdentity: (path: string) => void;
}

/** A copy of what is installed of the bundle, in a directory of its own. */
function copyOfBundle(t: { teardown(handler: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-bundle-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const part of ['bin', 'build/bundle', 'package.json'])
    cpSync(fileURLToPath(new URL(part, root)), join(directory, part), { recursive: true });
  return directory;
}

const SCRIPTS = ['foster', 'init', 'client', 'commands'];

t.test('V8 accepts the code caches that the build has made for bin/foster', async (t) => {
  for (const name of SCRIPTS) {
    const code = `require(process.argv[1]).compile('${scriptOf(root, name)}').cachedDataRejected`;
    t.equal(
      await evaluate(code),
      'false',
      `${name}: undefined: there is no cache; true: it was made under other flags`,
    );
  }
});

t.test('a process loads what it needs', async (t) => {
  const loads = async (...words: readonly string[]): Promise<readonly string[]> => {
    const code = `const { bundle, loaded } = require(process.argv[1]);
      process.argv.splice(2, Infinity, ...${JSON.stringify(words)});
      bundle().run('foster').then(() => console.error(JSON.stringify([...loaded.keys()])));`;
    const { nodeFlags } = (await import(new URL('scripts/lib/node-flags.js', root).href)) as NodeFlags;
    const args = [...nodeFlags(), '--eval', code, LOADER];
    const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: plainEnvironment() });
    const paths = JSON.parse(stderr.trim().split('\n').at(-1)!) as readonly string[];
    return paths.map((path) => basename(path, '.cjs'));
  };
  const nobody = ['--socket', '/nonexistent/foster.sock'];
  t.strictSame(await loads('status', 'x', ...nobody), ['foster', 'client']);
  t.strictSame(await loads('list', ...nobody), ['foster', 'client']);
  t.strictSame(await loads('start', 'x', ...nobody), ['foster', 'client']);
  t.strictSame(await loads('init', '--user', '--machine'), ['foster', 'init']);
  t.strictSame(await loads('version', '--client'), ['foster', 'commands']);
});

t.test('an error is the same class in each script', (t) => {
  const script = fileURLToPath(new URL('bin/foster', root));
  const { stderr, status } = spawnSync('sh', [script, 'init', '--user', '--machine'], {
    encoding: 'utf8',
    env: plainEnvironment(),
  });
  t.equal(stderr, 'foster: init: --user, --machine and a COMMAND exclude each other\n');
  t.equal(status, 2);
  t.end();
});

t.test('V8 does not use the cache of another script of the same length', async (t) => {
  const path = scriptOf(pathToFileURL(`${copyOfBundle(t)}/`), 'commands');
  const { addIdentity } = (await import(
    new URL('scripts/lib/script-identity.js', root).href
  )) as ScriptIdentity;
  const rejected = `require(process.argv[1]).compile('${path}').cachedDataRejected`;
  t.equal(await evaluate(rejected), 'false', 'a copy has its cache');
  writeFileSync(path, readFileSync(path, 'utf8').replace('function ', 'function\t'));
  addIdentity(path);
  t.equal(await evaluate(rejected), 'undefined', 'another script has none');
});

t.test('a cache that belongs to another V8 or to other flags is ignored', (t) => {
  const directory = copyOfBundle(t);
  for (const name of SCRIPTS) {
    const path = scriptOf(pathToFileURL(`${directory}/`), name);
    const [identity = ''] = /[0-9a-f]{64}(?=\n$)/.exec(readFileSync(path, 'utf8')) ?? [];
    writeFileSync(`${path}.cache`, `${identity}not what V8 wrote`);
  }
  const args = [join(directory, 'bin/foster'), 'version', '--client'];
  const [version] = execFileSync('sh', args, { encoding: 'utf8', env: plainEnvironment() }).split('\n');
  t.match(version, /[0-9]+\.[0-9]+\.[0-9]+/);
  t.end();
});
