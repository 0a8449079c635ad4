/**
 * Which programs trace others (strace, gdb): a process has one tracer at most, so foster gives way. A program that calls
 * ptrace has the name of that function among the symbols that it imports from the C library.
 */
import { closeSync, fstatSync } from 'node:fs';

import { nodeErrorCode } from '../../kernel/errno.js';
import { openRegularFile, readDescriptor } from '../../kernel/files/read-file.js';

/** As it stands in the table of names of a dynamically linked program: between two NUL bytes. */
const IMPORT = Buffer.from('\0ptrace\0');

/** Beyond this a program is not looked at: reading it would hold up everything else (a gigabyte takes a second). */
const LARGEST = 32 * 1024 * 1024;

export class TracerPrograms {
  /** by device, inode, size and time of change */
  readonly #known = new Map<string, boolean>();

  /** Whether the program that this process runs may want to trace. False when it may not be read. */
  includes(pid: number): boolean {
    const path = `/proc/${pid}/exe`;
    try {
      const fd = openRegularFile(path);
      try {
        return this.#isTracer(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      // gone, or of another uid and hidden
      if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(nodeErrorCode(error) ?? '')) return false;
      throw error;
    }
  }

  #isTracer(fd: number): boolean {
    const { dev, ino, size, mtimeMs } = fstatSync(fd);
    const key = `${dev}:${ino}:${size}:${mtimeMs}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = size <= LARGEST && contains(fd, size);
      this.#known.set(key, found);
    }
    return found;
  }
}

function contains(fd: number, size: number): boolean {
  return readDescriptor(fd, 'a program', { limit: size, beyond: 'cut' }).includes(IMPORT);
}
