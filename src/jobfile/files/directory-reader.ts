import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile } from '../../kernel/files/read-file.js';
import { isCodedError } from '../../kernel/errno.js';

/** A directory entry; links count as their targets. */
interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/** The file system access that loading needs. Paths are absolute or relative to the working directory. */
export interface DirectoryReader {
  /** @throws Error if the directory cannot be read */
  list(directory: string): readonly DirectoryEntry[];
  /** @throws Error if the file cannot be read */
  read(path: string): string;
  /** an identity shared by all paths to one directory, so that a loop of links is walked once */
  identity(directory: string): string;
}

/** Ten times the longest known script in a job file: a longer file is not a job file. */
export const LARGEST_JOB_FILE = 1024 * 1024;

/** @throws SystemError if it is missing, no regular file, or too large */
export function readJobFile(path: string): string {
  return readTextFile(path, { limit: LARGEST_JOB_FILE });
}

export const diskReader: DirectoryReader = {
  list: (directory) => readdirSync(directory).map((name) => ({ name, kind: kindOf(join(directory, name)) })),
  read: (path) => readJobFile(path),
  identity: (directory) => realpathSync(directory),
};

/**
 * Returns the kind of a path's target. A FIFO or a device, and inaccessible paths (a circular link, a closed
 * directory), count as files: reading them reports the reason under their own names, and affects no other
 * file.
 */
export function kindOf(path: string): DirectoryEntry['kind'] {
  try {
    // undefined for a dangling link, and a file that has just been removed
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return 'other';
    return stat.isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (isCodedError(error)) return 'file';
    throw error;
  }
}
