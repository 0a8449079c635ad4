/** What has to be watched so that no change of a job file goes unnoticed. */
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isIgnoredDirectory } from '../../jobfile/job-file-names.js';

/** `all` of a directory's entries, or those with these names. */
export type WatchedNames = 'all' | ReadonlySet<string>;

/**
 * The directories to watch: the configuration directories with everything below them, the directories in which the
 * targets of symbolic links stand, and for a configuration directory that does not exist the nearest one above it that does.
 */
export function watchedPaths(directories: readonly string[]): ReadonlyMap<string, WatchedNames> {
  const paths = new Map<string, WatchedNames>();
  for (const directory of directories) {
    if (isDirectory(directory)) addTree(paths, directory, new Set());
    else addNearest(paths, directory);
  }
  return paths;
}

/** @param above real paths of the directories on the way, since links may lead in a circle */
function addTree(paths: Map<string, WatchedNames>, directory: string, above: ReadonlySet<string>): void {
  const real = realpathSync(directory);
  if (above.has(real)) return;
  paths.set(directory, 'all');
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) addTarget(paths, path);
    if (!isIgnoredDirectory(name) && isDirectory(path)) addTree(paths, path, new Set([...above, real]));
  }
}

/** A link stays as it is when what it leads to is changed or replaced. */
function addTarget(paths: Map<string, WatchedNames>, link: string): void {
  if (statSync(link, { throwIfNoEntry: false }) === undefined) return;
  const target = realpathSync(link);
  addName(paths, dirname(target), basename(target));
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
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
