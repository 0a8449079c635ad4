/**
 * The allowed places of `runtime dir`: they do not outlive the machine or the container, so removal loses
 * nothing permanent.
 */
import { posix } from 'node:path';

export const RUNTIME_BASES = ['/run', '/var/run', '/tmp', '/dev/shm'] as const;

/** Tests for a path below one of them, without `.` and `..`. */
export function isRuntimePath(path: string): boolean {
  if (path.includes('\0') || path.endsWith('/') || posix.normalize(path) !== path) return false;
  return RUNTIME_BASES.some((base) => path.startsWith(`${base}/`));
}

/**
 * Tests whether it may be one after expansion of its variables: a name stands for a directory below the
 * mode's base.
 */
export function isRuntimeDirectory(word: string): boolean {
  return isRuntimePath(word.startsWith('/') ? word : `/run/${word}`);
}
