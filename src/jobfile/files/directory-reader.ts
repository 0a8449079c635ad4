import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile } from '../../kernel/files/read-file.js';

/** What stands in a directory: links count as what they lead to. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/** The little that loading needs of a file system. Paths are absolute or relative to the working directory. */
export interface DirectoryReader {
  /** @throws Error when the directory cannot be read */
  list(directory: string): readonly DirectoryEntry[];
  /** @throws Error when the file cannot be read */
  read(path: string): string;
  /** a name that is the same for all paths to one directory, so that a loop of links is walked once */
  identity(directory: string): string;
}

/** Ten times the longest script that anybody has put into a job file: what is longer is none. */
export const LARGEST_JOB_FILE = 1024 * 1024;

/** @throws SystemError when it is not there, no regular file, or too large */
export function readJobFile(path: string): string {
  return readTextFile(path, { limit: LARGEST_JOB_FILE });
}

export const diskReader: DirectoryReader = {
  list: (directory) => readdirSync(directory).map((name) => ({ name, kind: kindOf(join(directory, name)) })),
  read: (path) => readJobFile(path),
  identity: (directory) => realpathSync(directory),
};

/**
 * What a path leads to. A FIFO or a device, and what cannot be looked at (a link that leads to itself, a directory that may
 * not be searched), count as files: reading them says why, under their own names, and no other file is affected.
 */
export function kindOf(path: string): DirectoryEntry['kind'] {
  try {
    // undefined for a link to nowhere, and for what has just been removed
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return 'other';
    return stat.isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 'file';
    throw error;
  }
}
