/** The user and groups of a process of a job. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { User } from '../../kernel/users/users.js';
import { LaunchError } from './launch-error.js';
import { type Accounts, usersIn } from './users.js';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** supplementary groups including the primary one, as initgroups(3) sets them */
  readonly groups: readonly number[];
}

/** foster's own user and group. */
export interface Self {
  readonly uid: number;
  readonly gid: number;
}

/** setuid(2) does not accept (uid_t) -1 */
const MAX_ID = 2 ** 32 - 2;

/**
 * Returns the user that `setuid` names. Returns undefined without `setuid`, and for a number that no user has, which
 * is a valid identity nevertheless.
 * @throws LaunchError if there is no such user
 */
export function jobUser(jobClass: JobClass, users: Accounts): User | undefined {
  const name = jobClass.setuid;
  if (name === undefined) return undefined;
  const user = users.user(name);
  if (user !== undefined || isId(name)) return user;
  const hint = `there is no user "${name}" in /etc/passwd, and no name service knows one`;
  throw LaunchError.other(`unable to find setuid user ${name}`, hint);
}

/** Tests whether a number may be a user or group without a name. */
export function isId(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= MAX_ID;
}

/**
 * Returns the identity that `setuid` and `setgid` ask for; undefined if it is foster's own.
 *
 * `setuid` alone means the user's primary group and memberships. Upstart also keeps root's group (its defect 13.2),
 * which foster does not copy.
 *
 * @throws LaunchError if there is no such user or group, or if foster is not root and would have to change its
 *   identity
 */
export function identityOf(jobClass: JobClass, users: Accounts, self: Self): Identity | undefined {
  const user = jobUser(jobClass, users);
  const uid = user?.uid ?? (jobClass.setuid === undefined ? undefined : Number(jobClass.setuid));
  const gid = jobGroup(jobClass, users) ?? user?.gid;
  if (uid === undefined && gid === undefined) return undefined;
  // a number that no user has comes without a group; the job must not keep root's
  const ownGroup = uid === undefined || uid === self.uid ? self.gid : uid;
  const wanted = { uid: uid ?? self.uid, gid: gid ?? ownGroup };
  if (self.uid !== 0) {
    refuseChange(wanted, self);
    return undefined;
  }
  const member = user ?? (uid === undefined ? users.userByNumber(self.uid) : undefined);
  // the groups that list the user; `setgid` replaces the user's primary group
  const groups = member === undefined ? [wanted.gid] : users.groupsOf({ ...member, gid: wanted.gid });
  return { ...wanted, groups };
}

function jobGroup(jobClass: JobClass, users: Accounts): number | undefined {
  const name = jobClass.setgid;
  if (name === undefined) return undefined;
  const gid = users.group(name)?.gid ?? (isId(name) ? Number(name) : undefined);
  if (gid !== undefined) return gid;
  const hint = `there is no group "${name}" in /etc/group, and no name service knows one`;
  throw LaunchError.other(`unable to find setgid group ${name}`, hint);
}

/** Throws if the job needs another user or group: only root can change them. */
function refuseChange(wanted: Self, self: Self): void {
  const hint = (what: string): string =>
    `only root can start a process with another ${what} (foster runs as uid ${self.uid})`;
  if (wanted.uid !== self.uid) throw LaunchError.found('setuid', 'EPERM', hint('user'));
  if (wanted.gid !== self.gid) throw LaunchError.found('setgid', 'EPERM', hint('group'));
}

/** Returns the uid of a job's processes; undefined if its user does not exist any more. */
export function jobUid(jobClass: JobClass): number | undefined {
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  try {
    return identityOf(jobClass, usersIn(jobClass.chroot ?? '/'), self)?.uid ?? self.uid;
  } catch (error) {
    if (error instanceof LaunchError) return undefined;
    throw error;
  }
}
