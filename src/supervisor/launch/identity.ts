/** As whom a process of a job runs. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { User } from '../../kernel/users/users.js';
import { LaunchError } from './launch-error.js';
import { type Accounts, usersIn } from './users.js';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** supplementary groups, the primary one among them as initgroups(3) has it */
  readonly groups: readonly number[];
}

/** Who the supervisor itself is. */
export interface Self {
  readonly uid: number;
  readonly gid: number;
}

/** (uid_t) -1 means nobody to setuid(2) */
const LARGEST_ID = 2 ** 32 - 2;

/**
 * The user that `setuid` names, or an error in the words of a failed start. Undefined where nobody is called so: without
 * `setuid`, and for a number that is no user's, which is an identity all the same.
 */
export function jobUser(jobClass: JobClass, users: Accounts): User | undefined {
  const name = jobClass.setuid;
  if (name === undefined) return undefined;
  const user = users.user(name);
  if (user !== undefined || isId(name)) return user;
  const hint = `there is no user "${name}" in /etc/passwd, and no name service knows one`;
  throw LaunchError.other(`unable to find setuid user ${name}`, hint);
}

function isId(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= LARGEST_ID;
}

/**
 * The identity that `setuid` and `setgid` ask for; undefined when it is the supervisor's own.
 *
 * `setuid` alone means the user's primary group and memberships. Upstart keeps root's group beside them (its defect 13.2);
 * that is not copied.
 *
 * @throws LaunchError when there is no such user or group, or when the supervisor is not root and would have to change
 */
export function identityOf(jobClass: JobClass, users: Accounts, self: Self): Identity | undefined {
  const user = jobUser(jobClass, users);
  const uid = user?.uid ?? (jobClass.setuid === undefined ? undefined : Number(jobClass.setuid));
  const gid = jobGroup(jobClass, users) ?? user?.gid;
  if (uid === undefined && gid === undefined) return undefined;
  // a number that is no user's has no group of its own: root's may not be left to it
  const ownGroup = uid === undefined || uid === self.uid ? self.gid : uid;
  const wanted = { uid: uid ?? self.uid, gid: gid ?? ownGroup };
  if (self.uid !== 0) {
    refuseChange(wanted, self);
    return undefined;
  }
  const member = user ?? (uid === undefined ? users.userByNumber(self.uid) : undefined);
  // the groups that list the user, without the user's primary one if `setgid` replaces it
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

/** An ordinary user's jobs run as that user, whether they say so or not. */
function refuseChange(wanted: Self, self: Self): void {
  const hint = (what: string): string =>
    `only root can start a process with another ${what} (foster runs as uid ${self.uid})`;
  if (wanted.uid !== self.uid) throw LaunchError.found('setuid', 'EPERM', hint('user'));
  if (wanted.gid !== self.gid) throw LaunchError.found('setgid', 'EPERM', hint('group'));
}

/** Returns as which user the processes of a job are started; undefined when there is no such user any more. */
export function jobUid(jobClass: JobClass): number | undefined {
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  try {
    return identityOf(jobClass, usersIn(jobClass.chroot ?? '/'), self)?.uid ?? self.uid;
  } catch (error) {
    if (error instanceof LaunchError) return undefined;
    throw error;
  }
}
