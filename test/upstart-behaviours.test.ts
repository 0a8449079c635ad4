/** The behaviours that Upstart's own tests check are numbered from 1 to 79: each is named by a test, which this one finds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';

const BEHAVIOURS = 79;
/** Comments are not in what was compiled, so this reads the sources. */
const SOURCES = fileURLToPath(new URL('../../test', import.meta.url));

/** `42: a task answers …`, and a further one behind a comma or a semicolon: `28: …, 31: …`. */
const NUMBERED = /(?:^\s*|\(|[,;] )['`"]?(\d+): /gm;

/** File by number of behaviour. The files that have them say so in their first line. */
function namedBehaviours(): ReadonlyMap<number, string> {
  const named = new Map<number, string>();
  for (const path of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.test.ts')) continue;
    const text = readFileSync(join(SOURCES, path), 'utf8');
    if (!/^\/\*\*.*\bbehaviours? \d/i.test(text)) continue;
    for (const [, number] of text.matchAll(NUMBERED)) named.set(Number(number), path);
  }
  return named;
}

test('each behaviour of Upstart has a test that names it', (t) => {
  const named = namedBehaviours();
  const all = Array.from({ length: BEHAVIOURS }, (_, index) => index + 1);
  t.same(
    all.filter((number) => !named.has(number)),
    [],
  );
  for (const number of all) t.comment(`${number}: test/${named.get(number) ?? 'nowhere'}`);
  t.end();
});
