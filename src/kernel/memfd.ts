/** A file without a name, for the text of a script: it needs no writable directory and nobody can replace it. */

import { closeSync, writeSync } from 'node:fs';

import { fromNodeError } from './errno.js';
import { lastError, lazily, libc } from './libc.js';

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
/** Linux 6.3; with the sysctl vm.memfd_noexec=2 nothing else is allowed. A shell only reads its script. */
const MFD_NOEXEC_SEAL = 8;
const F_ADD_SEALS = 1033;
const F_SEAL_SEAL = 1;
const F_SEAL_SHRINK = 2;
const F_SEAL_GROW = 4;
const F_SEAL_WRITE = 8;

/**
 * memfd_create(2), Linux 3.17: filled, sealed, readable by everyone who is given it (a script's user re-opens it through
 * /proc/self/fd/N after identity was dropped), with the file position at its start.
 * @param name shown in /proc/PID/fd as `/memfd:NAME`
 * @returns a close-on-exec descriptor, which the caller closes
 */
export function makeMemoryFile(name: string, content: Uint8Array): number {
  const { memfdCreate, fcntl, fchmod } = calls();
  const attempt = `make a memory file for ${name}`;
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  let fd = memfdCreate(name, flags | MFD_NOEXEC_SEAL);
  if (fd < 0) fd = memfdCreate(name, flags);
  if (fd < 0) throw lastError('memfd_create', attempt);
  try {
    writeWhole(fd, content, attempt);
    if (fchmod(fd, 0o444) !== 0) throw lastError('fchmod', attempt);
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) !== 0) {
      throw lastError('fcntl', attempt);
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** By position, which leaves the file position at the start for whoever inherits the descriptor. */
function writeWhole(fd: number, content: Uint8Array, attempt: string): void {
  try {
    for (let written = 0; written < content.length;) {
      written += writeSync(fd, content, written, content.length - written, written);
    }
  } catch (error) {
    throw fromNodeError(error, attempt);
  }
}
