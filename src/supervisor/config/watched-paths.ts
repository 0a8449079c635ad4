/** Finds the directories to watch, so that no change of a job file is missed. */
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { kindOf } from '../../jobfile/files/directory-reader.js';
import { isIgnoredDirectory } from '../../jobfile/files/job-file-names.js';
import { lstatIfPossible } from '../../kernel/files/stat.js';
import { isCodedError } from '../../kernel/errno.js';

/** All entries of a directory, or only those with these names. */
export type WatchedNames = 'all' | ReadonlySet<string>;

/**
 * Returns the directories to watch: the configuration directories and everything below them, the links on the way to
 * them, the directories of symbolic links' targets, and for a missing configuration directory the nearest existing
 * one above it.
 */
export function watchedPaths(directories: readonly string[]): ReadonlyMap<string, WatchedNames> {
  const paths = new Map<string, WatchedNames>();
  for (const directory of directories) {
    addLinks(paths, directory);
    if (isDirectory(directory)) addTree(paths, directory, new Set());
    else addNearest(paths, directory);
  }
  return paths;
}

/** the kernel's limit (path_resolution(7)) */
const MAX_LINKS = 40;

/**
 * Adds the symbolic links in a path. Deployments switch to a new release by renaming a link over the old one, which
 * changes nothing in the old directory.
 */
function addLinks(paths: Map<string, WatchedNames>, path: string): void {
  let todo = path.split('/').filter((part) => part !== '');
  let here = '/';
  for (let links = 0; todo.length > 0;) {
    const [name = '', ...rest] = todo;
    const next = join(here, name);
    const target = linkTarget(next);
    if (target !== undefined) addName(paths, here, name);
    if (target === undefined || ++links > MAX_LINKS) {
      here = next;
      todo = rest;
      continue;
    }
    if (target.startsWith('/')) here = '/';
    todo = [...target.split('/').filter((part) => part !== '' && part !== '.'), ...rest];
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatIfPossible(path)?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
  } catch (error) {
    if (isCodedError(error)) return undefined; // a part of the path is missing or not accessible
    throw error;
  }
}

/** @param above real paths of the directories above, since links may form a cycle */
function addTree(paths: Map<string, WatchedNames>, directory: string, above: ReadonlySet<string>): void {
  const real = realpathSync(directory);
  if (above.has(real)) return;
  paths.set(directory, 'all');
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    if (lstatIfPossible(path)?.isSymbolicLink()) addTarget(paths, path);
    if (!isIgnoredDirectory(name) && isDirectory(path)) addTree(paths, path, new Set([...above, real]));
  }
}

/** Returns nothing for an unreadable directory: loading reports that error. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isCodedError(error) && error.code === 'EACCES') return [];
    throw error;
  }
}

/** Adds the target of a link: changing or replacing it does not change the link. */
function addTarget(paths: Map<string, WatchedNames>, link: string): void {
  const target = targetOf(link);
  if (target !== undefined) addName(paths, dirname(target), basename(target));
}

/** Returns undefined for a dangling or circular link, or one to an inaccessible place. */
function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
}

/** Adds the nearest existing directory above a missing one, which may be created later. */
function addNearest(paths: Map<string, WatchedNames>, missing: string): void {
  let [directory, name] = [dirname(missing), basename(missing)];
  while (!isDirectory(directory) && directory !== dirname(directory)) {
    [directory, name] = [dirname(directory), basename(directory)];
  }
  addName(paths, directory, name);
}

function addName(paths: Map<string, WatchedNames>, directory: string, name: string): void {
  const names = paths.get(directory);
  if (names !== 'all') paths.set(directory, new Set([...(names ?? []), name]));
}

function isDirectory(path: string): boolean {
  return kindOf(path) === 'directory';
}
