/** What a module exports is used by another one: `npm run layers` finds what is not. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** @returns what the check says of the program in this directory */
function found(directory: string): string {
  const script = join(ROOT, 'scripts/unused-exports.js');
  const { stdout, stderr } = spawnSync(process.execPath, [script, directory], { encoding: 'utf8' });
  return stdout + stderr;
}

/** @returns what the check says of a module with this text, which another one and a test use */
function foundIn(t: Test, text: string, user = '', tester = ''): string {
  return found(t.testdir({ src: { 'a.ts': text, 'b.ts': user }, test: { 'a.test.ts': tester } }));
}

t.test('the program exports nothing without need', (t) => {
  t.equal(found(ROOT), '');
  t.end();
});

t.test('what another module uses may be exported, however it is imported', (t) => {
  for (const user of [
    "import { one } from './a.js';",
    "import type { one as other } from './a.js';",
    "const { one } = await import('./a.js');",
    "const load = async () => (await import('./a.js')).one;",
    "type Other = import('./a.js').one;",
  ])
    t.equal(foundIn(t, 'export const one = 1;', user), '', user);
  t.end();
});

t.test('what nobody uses, only tests use, or only its own module uses is found', (t) => {
  const test = "import { one } from '../src/a.js';";
  t.equal(foundIn(t, 'export const one = 1;'), 'src/a.ts: one: nobody uses it\n');
  t.equal(foundIn(t, 'export function one() {}', '', test), 'src/a.ts: one: only tests use it\n');
  t.equal(foundIn(t, 'export interface one {}\nconst two: one = {};'), 'src/a.ts: one: needs no export\n');
  t.equal(foundIn(t, 'export const one = 1;\none;', '', test), '', 'a part that is tested alone');
  t.end();
});

t.test('a module that passes a name on does not use it', (t) => {
  const text = "export { one } from './b.js';";
  t.equal(foundIn(t, text, 'export const one = 1;'), 'src/b.ts: one: nobody uses it\n');
  t.end();
});
