import { groupElsewhere, groupsElsewhere, userElsewhere } from '../../kernel/users/getent-now.js';
import {
  findGroup,
  findUser,
  groupsOf,
  readUserDatabase,
  type Group,
  type User,
  type UserDatabase,
} from '../../kernel/users/users.js';
import { inRoot } from './rooted-path.js';

/** Looks up users and groups as job files name them. */
export interface Accounts {
  /** by name, or else by number */
  user(text: string): User | undefined;
  group(text: string): Group | undefined;
  /** the groups that the user has after a login, without duplicates, the primary one first */
  groupsOf(user: User): readonly number[];
  userByNumber(uid: number): User | undefined;
}

/**
 * Returns the users and groups of a root directory: Upstart, too, looks them up inside `chroot`. The files are read
 * each time, so that a user whom a package has just created is found. Name services are asked only for foster's own
 * root.
 */
export function usersIn(root: string): Accounts {
  const inside = (file: string): string => inRoot(root, file) ?? file;
  const database = readUserDatabase(inside('/etc/passwd'), inside('/etc/group'));
  return root === '/' ? new WithNameServices(database) : new InFiles(database);
}

class InFiles implements Accounts {
  constructor(protected readonly database: UserDatabase) {}

  user(text: string): User | undefined {
    return findUser(this.database, text);
  }

  group(text: string): Group | undefined {
    return findGroup(this.database, text);
  }

  groupsOf(user: User): readonly number[] {
    return groupsOf(this.database, user);
  }

  userByNumber(uid: number): User | undefined {
    return this.database.users.find((user) => user.uid === uid);
  }
}

/** Never asks name services for a number, which works without a name. */
class WithNameServices extends InFiles {
  override user(text: string): User | undefined {
    return super.user(text) ?? (isNumericId(text) ? undefined : userElsewhere(text));
  }

  override group(text: string): Group | undefined {
    return super.group(text) ?? (isNumericId(text) ? undefined : groupElsewhere(text));
  }

  override groupsOf(user: User): readonly number[] {
    const found = super.groupsOf(user);
    const isElsewhere = !this.database.users.some(({ name }) => name === user.name);
    return isElsewhere ? [...new Set([...found, ...groupsElsewhere(user.name)])] : found;
  }
}

function isNumericId(text: string): boolean {
  return /^\d+$/.test(text);
}
