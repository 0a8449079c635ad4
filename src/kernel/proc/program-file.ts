/** The program of a process as a file, even if it has been removed or replaced since. */
import { closeSync, fstatSync, type Stats } from 'node:fs';
import { nodeErrorCode } from '../errno.js';
import { openRegularFile, readDescriptor } from '../files/read-file.js';
import { waitOutShortage } from '../shortage.js';
import { SystemError } from '../system-error.js';

export interface ProgramFile {
  readonly stats: Stats;
  /** @throws SystemError */
  readonly read: () => Buffer;
}

/**
 * Calls `look` with the process's program.
 * @returns undefined if it may not or cannot be read (a file server is gone), or the process has ended
 */
export function lookAtProgram<T>(pid: number, look: (file: ProgramFile) => T): T | undefined {
  const path = `/proc/${pid}/exe`;
  try {
    return waitOutShortage(() => {
      const fd = openRegularFile(path);
      try {
        const stats = fstatSync(fd);
        return look({ stats, read: () => readDescriptor(fd, path, { limit: stats.size, beyond: 'cut' }) });
      } finally {
        closeSync(fd);
      }
    });
  } catch (error) {
    if (error instanceof SystemError || nodeErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}
