import { cpSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * Copies declaration files, and those that they import, to DESTINATION: a package needs those of what it exports alone.
 * @param {string} from directory of all declarations
 * @param {readonly string[]} entries relative to it
 * @param {string} destination
 */
export function copyDeclarations(from, entries, destination) {
  const seen = new Set();
  const open = entries.map((entry) => join(from, entry));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    cpSync(file, join(destination, relative(from, file)), { recursive: true });
    for (const [, imported] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g))
      open.push(`${resolve(dirname(file), imported)}.d.ts`);
  }
}
