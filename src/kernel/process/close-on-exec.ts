/**
 * Controls which descriptors survive execve(2): none of the supervisor's leaks into a child, and a re-exec
 * keeps selected ones.
 */

import { EBADF } from '../errno.js';
import { lastError, lazily, libc, SYS_CLOSE_RANGE } from '../libc.js';
import { listProc } from '../proc/proc-file.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    fcntl: declare('int', 'fcntl', ['int', 'int', 'long']),
    closeRange: declare('long', 'syscall', ['long', 'unsigned int', 'unsigned int', 'unsigned int']),
  };
});

const F_GETFD = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
/** <linux/close_range.h>, Linux 5.11 */
const CLOSE_RANGE_CLOEXEC = 4;
const LAST_DESCRIPTOR = 0xffff_ffff;
const FIRST_BEYOND_STDIO = 3;

/** @throws SystemError EBADF */
export function setCloseOnExec(fd: number, closeOnExec: boolean): void {
  if (calls().fcntl(fd, F_SETFD, closeOnExec ? FD_CLOEXEC : 0) !== 0) {
    throw lastError('fcntl', `mark descriptor ${fd} ${closeOnExec ? '' : 'not '}close-on-exec`);
  }
}

/**
 * Returns the descriptors from 3 on that were open before execve(2). Call it at start, before `keepInheritedDescriptorsFromChildren`:
 * Node opens its own close-on-exec.
 */
export function inheritedDescriptors(): ReadonlySet<number> {
  const open = listProc('/proc/self/fd');
  const all = Array.isArray(open) ? open.map(Number) : [];
  return new Set(all.filter((fd) => fd >= FIRST_BEYOND_STDIO && calls().fcntl(fd, F_GETFD, 0) === 0));
}

/**
 * Marks all descriptors from 3 on close-on-exec. Node and this folder already open them so, but the
 * supervisor may have inherited others, which would leak into every daemon. Call it once at start.
 */
export function keepInheritedDescriptorsFromChildren(): void {
  if (calls().closeRange(SYS_CLOSE_RANGE, FIRST_BEYOND_STDIO, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC) === 0)
    return;
  const open = listProc('/proc/self/fd');
  for (const fd of Array.isArray(open) ? open.map(Number) : []) {
    if (fd < FIRST_BEYOND_STDIO) continue;
    // the descriptor of the directory listing itself is closed already
    if (calls().fcntl(fd, F_SETFD, FD_CLOEXEC) !== 0 && libc().koffi.errno() !== EBADF) {
      throw lastError('fcntl', `mark descriptor ${fd} close-on-exec`);
    }
  }
}
