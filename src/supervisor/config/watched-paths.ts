/** What has to be watched so that no change of a job file goes unnoticed. */
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { kindOf } from '../../jobfile/files/directory-reader.js';
import { isIgnoredDirectory } from '../../jobfile/files/job-file-names.js';
import { lstatIfPossible } from '../../kernel/files/stat.js';

/** `all` of a directory's entries, or those with these names. */
export type WatchedNames = 'all' | ReadonlySet<string>;

/**
 * The directories to watch: the configuration directories with everything below them and the links that lead to them, the directories in which the
 * targets of symbolic links stand, and for a configuration directory that does not exist the nearest one above it that does.
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

/** as the kernel (path_resolution(7)) */
const MOST_LINKS = 40;

/**
 * The symbolic links that a path leads through: a new release is switched to by renaming a link over the old one, and what
 * the old one led to stays as it was.
 */
function addLinks(paths: Map<string, WatchedNames>, path: string): void {
  let todo = path.split('/').filter((part) => part !== '');
  let here = '/';
  for (let links = 0; todo.length > 0;) {
    const [name = '', ...rest] = todo;
    const next = join(here, name);
    const target = linkTarget(next);
    if (target !== undefined) addName(paths, here, name);
    if (target === undefined || ++links > MOST_LINKS) {
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
    if (error instanceof Error && 'code' in error) return undefined; // a part of the path is missing, or closed to us
    throw error;
  }
}

/** @param above real paths of the directories on the way, since links may lead in a circle */
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

/** Nothing for a directory that may not be read: that is an error of this directory, and loading reports it. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') return [];
    throw error;
  }
}

/** A link stays as it is when what it leads to is changed or replaced. */
function addTarget(paths: Map<string, WatchedNames>, link: string): void {
  const target = targetOf(link);
  if (target !== undefined) addName(paths, dirname(target), basename(target));
}

/** Undefined for a link that leads nowhere, to itself, or to where foster may not look. */
function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** The directory may be made later, and so may those above it. */
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
