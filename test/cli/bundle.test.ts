import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { plainEnvironment } from '../helpers/child.js';

const root = new URL('../../../', import.meta.url);
const LOADER = fileURLToPath(new URL('bin/load.js', root));

interface NodeFlags {
  readonly nodeFlags: () => readonly string[];
}

/** What `code` prints in a Node that has the flags of bin/foster. */
async function evaluate(code: string): Promise<string> {
  const { nodeFlags } = (await import(new URL('scripts/lib/node-flags.js', root).href)) as NodeFlags;
  const args = [...nodeFlags(), '--print', code, LOADER];
  return execFileSync(process.execPath, args, { encoding: 'utf8', env: plainEnvironment() }).trim();
}

t.test('V8 accepts the code cache that the build has made for bin/foster', async (t) => {
  const code = 'require(process.argv[1]).compileBundle().cachedDataRejected';
  t.equal(await evaluate(code), 'false', 'undefined: there is no cache; true: it was made under other flags');
});

t.test('a cache that belongs to another V8 or to other flags is ignored', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-bundle-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const part of ['bin', 'build/bundle', 'package.json'])
    cpSync(fileURLToPath(new URL(part, root)), join(directory, part), { recursive: true });
  writeFileSync(join(directory, 'build/bundle/foster.cjs.cache'), 'not what V8 wrote');
  const args = [join(directory, 'bin/foster'), 'version', '--client'];
  const [version] = execFileSync('sh', args, { encoding: 'utf8', env: plainEnvironment() }).split('\n');
  t.match(version, /[0-9]+\.[0-9]+\.[0-9]+/);
  t.end();
});
