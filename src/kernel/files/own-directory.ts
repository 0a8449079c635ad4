import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync } from 'node:fs';

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
