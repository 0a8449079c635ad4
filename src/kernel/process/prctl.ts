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
const PR_SET_CHILD_SUBREAPER = 36;

/**
 * Makes orphans among our descendants our children (Linux 3.4). Kept over execve, not inherited by children.
 */
export function becomeSubreaper(): void {
  if (calls().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) throw lastError('prctl', 'become a subreaper');
}
