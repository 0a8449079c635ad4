/** prctl(2): attributes of the supervisor's own process. */

import { lastError, lazily, libc } from '../libc.js';

const calls = lazily(() => ({
  prctl: libc().declare('int', 'prctl', [
    'int',
    'unsigned long',
    'unsigned long',
    'unsigned long',
    'unsigned long',
  ]),
}));

/** <linux/prctl.h> */
const PR_GET_DUMPABLE = 3;
const PR_SET_DUMPABLE = 4;
const PR_SET_CHILD_SUBREAPER = 36;

/**
 * Makes orphans among our descendants our children (Linux 3.4). Kept over execve, not inherited by children.
 */
export function becomeSubreaper(): void {
  if (calls().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) throw lastError('prctl', 'become a subreaper');
}

/**
 * Sets whether processes of the same uid may trace the supervisor and read its memory. A vfork child shares
 * that memory, so this is off while one may run with a job's uid.
 */
export function setDumpable(dumpable: boolean): void {
  if (calls().prctl(PR_SET_DUMPABLE, dumpable ? 1 : 0, 0, 0, 0) !== 0) {
    throw lastError('prctl', `make the supervisor ${dumpable ? '' : 'not '}dumpable`);
  }
}

export function isDumpable(): boolean {
  return calls().prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) === 1;
}
