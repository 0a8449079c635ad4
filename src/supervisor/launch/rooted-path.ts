/** Translates paths inside another root directory. */
import { join, posix } from 'node:path';
import { lstatIfPossible, readlinkIfPossible } from '../../kernel/files/stat.js';

/** the kernel's limit (path_resolution(7)) */
const MAX_LINKS = 40;

/**
 * Returns the path, as foster sees it, of `path` inside `root`. Symbolic links are followed inside `root`: a link to
 * /etc/alternatives/vi means ROOT/etc/alternatives/vi. Components that do not exist stay as they are.
 *
 * @param path absolute
 * @returns undefined if there are too many symbolic links
 */
export function inRoot(root: string, path: string): string | undefined {
  if (root === '/') return path;
  let resolved = '/';
  let links = 0;
  const todo = path.split('/');
  for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
    if (part === '' || part === '.') continue;
    // `..` above the root stays in the root
    const next = posix.join(resolved, part);
    const here = join(root, next);
    if (part === '..' || lstatIfPossible(here)?.isSymbolicLink() !== true) {
      resolved = next;
      continue;
    }
    if (++links > MAX_LINKS) return undefined;
    const target = readlinkIfPossible(here) ?? '';
    if (target.startsWith('/')) resolved = '/';
    todo.unshift(...target.split('/'));
  }
  return join(root, resolved);
}
