import type { JobClass } from '../../jobfile/job-class.js';
import { identityOf } from './identity.js';
import { LaunchError } from './launch-error.js';
import { usersIn } from './users.js';

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
