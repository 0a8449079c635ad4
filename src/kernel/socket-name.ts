/**
 * The file of a Unix socket. It is only a name: when somebody removes it, the socket goes on, and nobody finds it any more.
 */
import { lstatSync } from 'node:fs';

/** The file that a socket was bound to. */
export interface SocketName {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** What is at the path now; undefined when no socket is. @throws the errors of lstat(2) but ENOENT */
export function socketAt(path: string): SocketName | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isSocket() === true ? { dev: stats.dev, ino: stats.ino } : undefined;
}

/** Whether that socket's file is still there. */
export function isSocketAt(path: string, name: SocketName | undefined): boolean {
  const now = socketAt(path);
  return now !== undefined && now.ino === name?.ino && now.dev === name.dev;
}
