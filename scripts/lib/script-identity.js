/**
 * The identity of a script of the bundle: its digest, as its last line. bin/load.js uses a code cache only for the script that it was
 * made of, since V8 compares no more than the lengths of the two.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const LINE = /\n\/\/ identity [0-9a-f]{64}\n$/;

/** Writes the identity below a script, instead of the one that is there. */
export function addIdentity(path) {
  const source = readFileSync(path, 'utf8').replace(LINE, '\n');
  const digest = createHash('sha256').update(source).digest('hex');
  writeFileSync(path, `${source.replace(/\n$/, '')}\n// identity ${digest}\n`);
}
