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

/** Users and groups by what a job file calls them. */
export interface Accounts {
  /** by name, or by number when the text is one and no user is called so */
  user(text: string): User | undefined;
  group(text: string): Group | undefined;
  /** the groups of a login of the user, the primary one first, each once */
  groupsOf(user: User): readonly number[];
  userByNumber(uid: number): User | undefined;
}

/**
 * The users and groups of a root directory: Upstart looks them up inside `chroot` too. They are read at each question, so
 * that a user whom a package has just made can be started as. Name services are the machine's, not those of another root.
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

/** A number is never asked for: it works without a name. */
class WithNameServices extends InFiles {
  override user(text: string): User | undefined {
    return super.user(text) ?? (isNumber(text) ? undefined : userElsewhere(text));
  }

  override group(text: string): Group | undefined {
    return super.group(text) ?? (isNumber(text) ? undefined : groupElsewhere(text));
  }

  override groupsOf(user: User): readonly number[] {
    const found = super.groupsOf(user);
    const isElsewhere = !this.database.users.some(({ name }) => name === user.name);
    return isElsewhere ? [...new Set([...found, ...groupsElsewhere(user.name)])] : found;
  }
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
