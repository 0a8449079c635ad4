import { closeSync, constants, openSync, writeFileSync } from 'node:fs';

/** Nobody but foster makes files in its directory: a link in the place of one is not written through. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
const MODE = 0o600;

/** Writes a whole file, for its owner alone. @throws the errors of node:fs */
export function writeNewFile(path: string, text: string): void {
  const fd = openSync(path, FLAGS, MODE);
  try {
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
