/** Users and groups from passwd(5) and group(5). */
import { readFileSync } from 'node:fs';
import { inRoot } from './rooted-path.js';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface UserDatabase {
  /** by name, or by number where no such name exists */
  user(nameOrId: string): User | undefined;
  userById(uid: number): User | undefined;
  /** the id of a group, by name or number */
  group(nameOrId: string): number | undefined;
  /** ids of the groups that list the user as a member (initgroups(3)) */
  membershipsOf(name: string): readonly number[];
}

/**
 * Reads the files at every question, so that a package that has just made its user can be started. They are read from inside
 * the job's root directory, where Upstart looks too.
 *
 * Only the files are read, not LDAP and the like through NSS: a directory server that does not answer would hold up the
 * supervisor, and with it every other job.
 */
export class FileUsers implements UserDatabase {
  constructor(private readonly root = '/') {}

  user(nameOrId: string): User | undefined {
    const users = this.users();
    return (
      users.find((user) => user.name === nameOrId) ?? users.find((user) => String(user.uid) === nameOrId)
    );
  }

  userById(uid: number): User | undefined {
    return this.users().find((user) => user.uid === uid);
  }

  group(nameOrId: string): number | undefined {
    const groups = this.groups();
    const named = groups.find((group) => group.name === nameOrId);
    if (named !== undefined) return named.gid;
    return /^\d+$/.test(nameOrId) ? Number(nameOrId) : undefined;
  }

  membershipsOf(name: string): readonly number[] {
    return this.groups()
      .filter((group) => group.members.includes(name))
      .map((group) => group.gid);
  }

  private users(): User[] {
    return this.lines('/etc/passwd').flatMap(([name, , uid, gid, , home, shell]) =>
      name !== undefined && uid !== undefined && gid !== undefined
        ? [
            {
              name,
              uid: Number(uid),
              gid: Number(gid),
              home: orElse(home, '/'),
              shell: orElse(shell, '/bin/sh'),
            },
          ]
        : [],
    );
  }

  private groups(): { name: string; gid: number; members: readonly string[] }[] {
    return this.lines('/etc/group').flatMap(([name, , gid, members]) =>
      name !== undefined && gid !== undefined
        ? [{ name, gid: Number(gid), members: (members ?? '').split(',') }]
        : [],
    );
  }

  private lines(file: string): string[][] {
    const path = inRoot(this.root, file);
    if (path === undefined) return [];
    let text;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      // an image without a passwd file has no users; anything else is an error worth seeing
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(':'));
  }
}

/** passwd(5): an empty field means the default too. */
function orElse(field: string | undefined, fallback: string): string {
  return field === undefined || field === '' ? fallback : field;
}
