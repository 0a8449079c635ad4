/**
 * The error thrown for every failed system call. It names the call, the errno and the attempt, so that the message
 * alone shows an administrator where to look: `open /var/log/foster/sshd.log: EROFS (read-only file system)`.
 */
export class SystemError extends Error {
  override readonly name = 'SystemError';

  constructor(
    /** the system call, for instance `posix_spawn` */
    readonly syscall: string,
    /** the number, for instance 2 */
    readonly errno: number,
    /** its name, for instance `ENOENT` */
    readonly code: string,
    /** what was being done, for instance `start /usr/sbin/nginx` */
    readonly attempt: string,
    /** the C library's words for it, for instance `No such file or directory` */
    readonly reason: string,
  ) {
    super(`${attempt}: ${syscall}: ${code} (${reason})`);
  }
}
