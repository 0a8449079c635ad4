import { rmSync, writeFileSync } from 'node:fs';
import { nodeErrorCode } from '../../kernel/errno.js';

/** For its owner alone. `wx`: the file has to be new, so that a link in its place is not written through. */
const NEW_FILE = { mode: 0o600, flag: 'wx' };

/** Writes a whole file in the place of whatever was left there by a foster that was killed. @throws the errors of node:fs */
export function writeNewFile(path: string, text: string): void {
  try {
    writeFileSync(path, text, NEW_FILE);
  } catch (error) {
    if (nodeErrorCode(error) !== 'EEXIST') throw error;
    rmSync(path);
    writeFileSync(path, text, NEW_FILE);
  }
}
