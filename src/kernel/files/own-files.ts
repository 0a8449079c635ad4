/** Makes files and directories of foster's own, where others may have put something in their place. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { nodeErrorCode } from '../errno.js';

/** Identifies a file, whatever its name. */
interface FileIdentity {
  readonly device: number;
  readonly inode: number;
}

/**
 * Changes the owner of a directory. It is held by a descriptor meanwhile, so that a link put in its place is
 * not followed.
 * @throws the errors of node:fs; ENOTDIR and ELOOP if it is no longer a directory
 */
export function giveDirectory(path: string, owner: { uid: number; gid: number }, mode: number): FileIdentity {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchownSync(fd, owner.uid, owner.gid);
    fchmodSync(fd, mode);
    const { dev: device, ino: inode } = fstatSync(fd);
    return { device, inode };
  } finally {
    closeSync(fd);
  }
}

/**
 * Flushes files, or directories with their names, to disk (fsync(2)), one after the other, without blocking
 * the event loop: a disk may take seconds.
 * @throws the errors of node:fs
 */
export async function flushToDisk(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
  }
}

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
