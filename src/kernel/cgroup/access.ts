/** Sets who may use a group: owners and permissions of its directory and files (cgroups(7), "Delegation"). */
import { chmodSync, chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { directoryEntries } from '../files/directory-entries.js';
import { fromNodeError } from '../errno.js';

/** Undefined fields are not changed. */
interface GroupAccess {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly mode?: number | undefined;
}

/** @throws SystemError */
export function setGroupAccess(directory: string, access: GroupAccess): void {
  setAccess(directory, access);
}

/**
 * Sets access to the files of a group, but not to the groups below it.
 * @param wanted selects files by name; all by default
 * @throws SystemError
 */
export function setFilesAccess(
  directory: string,
  access: GroupAccess,
  wanted: (name: string) => boolean = () => true,
): void {
  for (const name of fileNames(directory).filter(wanted)) setAccess(join(directory, name), access);
}

function fileNames(directory: string): readonly string[] {
  return [...directoryEntries(directory)].filter(({ type }) => type === 'file').map(({ name }) => name);
}

/** chown(2): do not change */
const SAME = -1;

function setAccess(path: string, { uid, gid, mode }: GroupAccess): void {
  try {
    if (uid !== undefined || gid !== undefined) chownSync(path, uid ?? SAME, gid ?? SAME);
    if (mode !== undefined) chmodSync(path, mode & allowed(statSync(path).mode));
  } catch (error) {
    throw fromNodeError(error, `set owner and permissions of ${path}`);
  }
}

/**
 * Limits permissions to those that the kernel gives the owner of a file (cgconfig.conf(5), "current file
 * owner permissions are used as a umask"). A mode does not make a read-only file writable.
 */
function allowed(mode: number): number {
  const owner = mode & 0o700;
  return 0o7000 | owner | (owner >> 3) | (owner >> 6);
}
