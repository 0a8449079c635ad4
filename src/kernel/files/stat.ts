/**
 * Looks at paths that others can change. A job's user may put anything there: a circular link (ELOOP), a file
 * instead of a directory (ENOTDIR), a name that is too long, a closed directory. `throwIfNoEntry` of node:fs
 * covers only ENOENT, and an uncaught error crashes foster; so eslint.config.js forbids it elsewhere.
 */
import { lstatSync, readdirSync, readlinkSync, statSync, type BigIntStats, type Stats } from 'node:fs';
import { errorCode, nodeErrorCode } from '../errno.js';

/** How node:fs refuses a path with a NUL, before any system call. No file has such a path, but an event's PATH may. */
const NUL_IN_PATH = 'ERR_INVALID_ARG_VALUE';

/** Follows links. Returns undefined if nothing is there, or it cannot be looked at. */
export function statIfPossible(path: string): Stats | undefined {
  return orUndefined(() => statSync(path));
}

/** Returns the same with exact numbers. */
export function bigStatIfPossible(path: string): BigIntStats | undefined {
  return orUndefined(() => statSync(path, { bigint: true }));
}

/** Returns the same for the entry itself, which may be a symbolic link. */
export function lstatIfPossible(path: string): Stats | undefined {
  return orUndefined(() => lstatSync(path));
}

/** Returns the target of a link; undefined if there is no link. */
export function readlinkIfPossible(path: string): string | undefined {
  return orUndefined(() => readlinkSync(path));
}

/** Returns the names in a directory; none if it does not exist or cannot be read. */
export function namesIfPossible(directory: string): readonly string[] {
  return orUndefined(() => readdirSync(directory)) ?? [];
}

/**
 * Returns the names in a directory; none if it does not exist (yet).
 * @throws the other errors of node:fs: nothing of a directory of foster's own is overlooked
 */
export function namesIfPresent(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (nodeErrorCode(error) === undefined && errorCode(error) !== NUL_IN_PATH) throw error;
    return undefined;
  }
}
