import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync } from 'node:fs';

/** Which file it is, whatever its name. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
}

/**
 * Gives a directory to a user. It is held by a descriptor meanwhile: a link that somebody puts in its place is not followed.
 * @throws the errors of node:fs; ENOTDIR and ELOOP where it is no directory any more
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
