import { rmSync, writeFileSync } from 'node:fs';
import { nodeErrorCode } from '../../kernel/errno.js';

/** Readable by the owner alone. `wx`: the file must be new, so that a link in its place is not followed. */
const NEW_FILE = { mode: 0o600, flag: 'wx' };

/** Writes a new file, in the place of one that a killed foster may have left. @throws the errors of node:fs */
export function writeNewFile(path: string, text: string): void {
  try {
    writeFileSync(path, text, NEW_FILE);
  } catch (error) {
    if (nodeErrorCode(error) !== 'EEXIST') throw error;
    rmSync(path);
    writeFileSync(path, text, NEW_FILE);
  }
}
