/**
 * Users and groups of /etc/passwd and /etc/group (passwd(5), group(5)). getpwnam(3) would also use LDAP or
 * sssd, but may block PID 1 while the network is down, and loads modules into the supervisor.
 */

import { readTextIfThere } from '../files/read-file.js';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface UserDatabase {
  readonly users: readonly User[];
  readonly groups: readonly Group[];
}

/**
 * @throws SystemError if a file exists but cannot be read; a missing one (a distroless container) has no
 * entries
 */
export function readUserDatabase(passwd = '/etc/passwd', group = '/etc/group'): UserDatabase {
  return { users: parseUsers(read(passwd)), groups: parseGroups(read(group)) };
}

/** A million users. In a job's root directory it may be anything. */
const LARGEST = 64 * 1024 * 1024;

function read(path: string): string {
  return readTextIfThere(path, { limit: LARGEST }) ?? '';
}

const isId = (text: string | undefined): text is string => text !== undefined && /^[0-9]+$/.test(text);

/** Parses users. Skips invalid lines (NIS's `+`, comments, blank ones), as getpwent(3) does. */
export function parseUsers(text: string): readonly User[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid, gid, , home = '', shell = ''] = line.split(':');
    if (name === '' || !isId(uid) || !isId(gid)) return [];
    // passwd(5): an empty shell means /bin/sh
    return [{ name, uid: Number(uid), gid: Number(gid), home, shell: shell === '' ? '/bin/sh' : shell }];
  });
}

export function parseGroups(text: string): readonly Group[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , gid, members = ''] = line.split(':');
    if (name === '' || !isId(gid)) return [];
    return [{ name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }];
  });
}

/** Finds a user by name, or by number if the text is a number and no user has that name. */
export function findUser(database: UserDatabase, text: string): User | undefined {
  return (
    database.users.find((user) => user.name === text) ??
    (isId(text) ? database.users.find((user) => user.uid === Number(text)) : undefined)
  );
}

export function findGroup(database: UserDatabase, text: string): Group | undefined {
  return (
    database.groups.find((group) => group.name === text) ??
    (isId(text) ? database.groups.find((group) => group.gid === Number(text)) : undefined)
  );
}

/** Returns all groups that initgroups(3) would give the user: the primary one first, each once. */
export function groupsOf(database: UserDatabase, user: User): readonly number[] {
  const supplementary = database.groups
    .filter((group) => group.members.includes(user.name))
    .map((group) => group.gid);
  return [...new Set([user.gid, ...supplementary])];
}

/**
 * Returns a function from uids to names, as far as /etc/passwd has them. Reads the file at the first call.
 */
export function userNames(): (uid: number) => string | undefined {
  let names: ReadonlyMap<number, string> | undefined;
  return (uid) => {
    names ??= new Map(readUserDatabase().users.map(({ uid: id, name }) => [id, name]));
    return names.get(uid);
  };
}
