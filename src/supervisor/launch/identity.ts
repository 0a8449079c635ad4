/** As whom a process of a job runs. */
import type { JobClass } from '../../jobfile/job-class.js';
import { findGroup, findUser, groupsOf, type User, type UserDatabase } from '../../kernel/users.js';
import { LaunchError } from './launch-error.js';

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

/** The user that `setuid` names, or an error in the words of a failed start. */
export function jobUser(jobClass: JobClass, users: UserDatabase): User | undefined {
  const name = jobClass.setuid;
  if (name === undefined) return undefined;
  const user = findUser(users, name);
  if (user !== undefined) return user;
  throw LaunchError.other(`unable to find setuid user ${name}`, `there is no user "${name}" in /etc/passwd`);
}

/**
 * The identity that `setuid` and `setgid` ask for; undefined when it is the supervisor's own.
 *
 * `setuid` alone means the user's primary group and memberships. Upstart keeps root's group beside them (its defect 13.2);
 * that is not copied.
 *
 * @throws LaunchError when there is no such user or group, or when the supervisor is not root and would have to change
 */
export function identityOf(jobClass: JobClass, users: UserDatabase, self: Self): Identity | undefined {
  const user = jobUser(jobClass, users);
  const gid = jobGroup(jobClass, users) ?? user?.gid;
  if (user === undefined && gid === undefined) return undefined;
  const wanted = { uid: user?.uid ?? self.uid, gid: gid ?? self.gid };
  if (self.uid !== 0) {
    refuseChange(wanted, self);
    return undefined;
  }
  const member = user ?? users.users.find(({ uid }) => uid === self.uid);
  // the groups that list the user, without the user's primary one if `setgid` replaces it
  const groups = member === undefined ? [wanted.gid] : groupsOf(users, { ...member, gid: wanted.gid });
  return { ...wanted, groups };
}

function jobGroup(jobClass: JobClass, users: UserDatabase): number | undefined {
  const name = jobClass.setgid;
  if (name === undefined) return undefined;
  const gid = findGroup(users, name)?.gid;
  if (gid !== undefined) return gid;
  throw LaunchError.other(`unable to find setgid group ${name}`, `there is no group "${name}" in /etc/group`);
}

/** An ordinary user's jobs run as that user, whether they say so or not. */
function refuseChange(wanted: Self, self: Self): void {
  const hint = (what: string): string =>
    `only root can start a process with another ${what} (foster runs as uid ${self.uid})`;
  if (wanted.uid !== self.uid) throw LaunchError.found('setuid', 'EPERM', hint('user'));
  if (wanted.gid !== self.gid) throw LaunchError.found('setgid', 'EPERM', hint('group'));
}
