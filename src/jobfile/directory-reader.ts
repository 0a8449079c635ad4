import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

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

export const diskReader: DirectoryReader = {
  list: (directory) => readdirSync(directory).map((name) => ({ name, kind: kindOf(join(directory, name)) })),
  read: (path) => readFileSync(path, 'utf8'),
  identity: (directory) => realpathSync(directory),
};

/**
 * What a path leads to. What cannot be looked at (a link that leads to itself, a directory that may not be searched) counts
 * as a file: reading it says why, under its own name, and no other file is affected.
 */
export function kindOf(path: string): DirectoryEntry['kind'] {
  try {
    // undefined for a link to nowhere, and for what has just been removed
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isDirectory() ? 'directory' : stat?.isFile() ? 'file' : 'other';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 'file';
    throw error;
  }
}
