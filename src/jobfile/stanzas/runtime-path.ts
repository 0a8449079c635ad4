/** Where `runtime dir` may be: what goes away with the machine or the container, so that nothing lasting is lost with one. */
import { posix } from 'node:path';

export const RUNTIME_BASES = ['/run', '/var/run', '/tmp', '/dev/shm'] as const;

/** Whether this is a path below one of them, without `.` and `..`. */
export function isRuntimePath(path: string): boolean {
  if (path.includes('\0') || path.endsWith('/') || posix.normalize(path) !== path) return false;
  return RUNTIME_BASES.some((base) => path.startsWith(`${base}/`));
}

/** Whether it may be one when its variables have been replaced: a name stands for a directory below the base of the mode. */
export function isRuntimeDirectory(word: string): boolean {
  return isRuntimePath(word.startsWith('/') ? word : `/run/${word}`);
}
