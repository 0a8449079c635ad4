import { readUserDatabase, type UserDatabase } from '../../kernel/users.js';
import { inRoot } from './rooted-path.js';

/**
 * The users and groups of a root directory: Upstart looks them up inside `chroot` too. They are read at each question, so
 * that a user whom a package has just made can be started as.
 */
export function usersIn(root: string): UserDatabase {
  const inside = (file: string): string => inRoot(root, file) ?? file;
  return readUserDatabase(inside('/etc/passwd'), inside('/etc/group'));
}
