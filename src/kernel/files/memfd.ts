/**
 * Makes an unnamed file for the text of a script: it needs no writable directory, and nobody can replace it.
 */

import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { withSpareDescriptors } from './descriptor-reserve.js';
import { fromNodeError, nodeErrorCode } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { SystemError } from '../system-error.js';
import { descriptorPath } from '../proc/proc-file.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    memfdCreate: declare('int', 'memfd_create', ['str', 'unsigned int']),
    fcntl: declare('int', 'fcntl', ['int', 'int', 'long']),
    fchmod: declare('int', 'fchmod', ['int', 'unsigned int']),
  };
});

/** <linux/memfd.h>, <linux/fcntl.h> */
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
/** Linux 6.3; required with the sysctl vm.memfd_noexec=2. A shell only reads its script. */
const MFD_NOEXEC_SEAL = 8;
const F_ADD_SEALS = 1033;
const F_SEAL_SEAL = 1;
const F_SEAL_SHRINK = 2;
const F_SEAL_GROW = 4;
const F_SEAL_WRITE = 8;

/** open(2), <fcntl.h>: the same number on every architecture of Node. It includes O_DIRECTORY. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
const READABLE_BY_ALL = 0o444;

/**
 * File systems in memory, if possible; Docker's containers have the first even if everything else is
 * read-only.
 */
const DIRECTORIES: readonly string[] = ['/dev/shm', '/run', tmpdir()];

/**
 * Makes a memory file with memfd_create(2), Linux 3.17, or an unnamed file if a seccomp filter refuses that.
 * It is filled, sealed, and readable by everyone who gets it, with the file position at its start. A script's
 * user re-opens it through /proc/self/fd/N after dropping its identity.
 * @param name shown in /proc/PID/fd as `/memfd:NAME`
 * @returns a close-on-exec descriptor, which the caller closes
 */
export function makeMemoryFile(name: string, content: Uint8Array): number {
  return withSpareDescriptors(() => makeFile(name, content));
}

function makeFile(name: string, content: Uint8Array): number {
  const { memfdCreate, fcntl, fchmod } = calls();
  const attempt = `make a memory file for ${name}`;
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  let fd = memfdCreate(name, flags | MFD_NOEXEC_SEAL);
  if (fd < 0) fd = memfdCreate(name, flags);
  if (fd < 0) {
    const refused = lastError('memfd_create', attempt);
    const file = makeUnnamedFile(content, attempt);
    if (file === undefined) throw refused;
    return file;
  }
  try {
    writeWhole(fd, content, attempt);
    if (fchmod(fd, READABLE_BY_ALL) !== 0) throw lastError('fchmod', attempt);
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) !== 0) {
      throw lastError('fcntl', attempt);
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Makes the same with O_TMPFILE (Linux 3.11; not on every file system): only root, that is foster, can open
 * it for writing.
 * @returns undefined if none of the directories supports it
 */
export function makeUnnamedFile(
  content: Uint8Array,
  attempt: string,
  directories: readonly string[] = DIRECTORIES,
): number | undefined {
  for (const directory of directories) {
    const written = openUnnamed(directory);
    if (written === undefined) continue;
    try {
      writeWhole(written, content, attempt);
      if (calls().fchmod(written, READABLE_BY_ALL) !== 0) throw lastError('fchmod', attempt);
      return openReadOnly(written, attempt);
    } catch (error) {
      // this file system is full: the next may not be
      if (!(error instanceof SystemError && error.code === 'ENOSPC')) throw error;
    } finally {
      closeSync(written);
    }
  }
  return undefined;
}

function openUnnamed(directory: string): number | undefined {
  try {
    return openSync(directory, O_TMPFILE | constants.O_RDWR, READABLE_BY_ALL);
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code !== undefined && CANNOT_HOLD.has(code)) return undefined;
    throw fromNodeError(error, `make a file without a name in ${directory}`);
  }
}

function openReadOnly(fd: number, attempt: string): number {
  try {
    return openSync(descriptorPath(fd), constants.O_RDONLY);
  } catch (error) {
    throw fromNodeError(error, attempt);
  }
}

/**
 * The errors of open(2) for a directory that is missing, read-only, full, not ours, or on a file system
 * without O_TMPFILE.
 */
const CANNOT_HOLD = new Set(['ENOENT', 'ENOTDIR', 'EROFS', 'ENOSPC', 'EACCES', 'EPERM', 'ENOTSUP', 'EISDIR']);

/**
 * Writes by position, which leaves the file position at the start for the process that inherits the
 * descriptor.
 */
function writeWhole(fd: number, content: Uint8Array, attempt: string): void {
  try {
    for (let written = 0; written < content.length;) {
      written += writeSync(fd, content, written, content.length - written, written);
    }
  } catch (error) {
    throw fromNodeError(error, attempt);
  }
}
