import { ENOSYS, EPERM, ESRCH } from './errno.js';
import { lastError, lazily, libc } from './libc.js';

const calls = lazily(() => ({ getsid: libc().declare('int', 'getsid', ['int']) }));

/**
 * getsid(2): a tenth of what it takes to read /proc/PID/stat, for those who ask of thousands of processes.
 * @returns undefined when there is no such process; `refused` where a security module or a filter of system calls forbids it
 * @throws SystemError for any other failure
 */
export function sessionOf(pid: number): number | undefined | 'refused' {
  const session = calls().getsid(pid);
  if (session >= 0) return session;
  const errno = libc().koffi.errno();
  if (errno === ESRCH) return undefined;
  if (errno === EPERM || errno === ENOSYS) return 'refused';
  throw lastError('getsid', `ask for the session of process ${pid}`);
}
