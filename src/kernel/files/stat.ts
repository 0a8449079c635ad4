/**
 * What there is at a path that others can change. A job's user may put anything there: a link in a circle (ELOOP), a file where
 * a directory was (ENOTDIR), a name that is too long, a directory that is closed. `throwIfNoEntry` of node:fs covers ENOENT alone,
 * and an error that nobody has caught replaces foster: so eslint.config.js forbids it elsewhere.
 */
import { lstatSync, readlinkSync, statSync, type BigIntStats, type Stats } from 'node:fs';
import { nodeErrorCode } from '../errno.js';

/** Follows links. Undefined where nothing is, or nothing can be looked at. */
export function statIfPossible(path: string): Stats | undefined {
  return orUndefined(() => statSync(path));
}

/** The same with exact numbers. */
export function bigStatIfPossible(path: string): BigIntStats | undefined {
  return orUndefined(() => statSync(path, { bigint: true }));
}

/** The same of the entry itself, which may be a link. */
export function lstatIfPossible(path: string): Stats | undefined {
  return orUndefined(() => lstatSync(path));
}

/** Where a link leads to; undefined where there is none, or none any more. */
export function readlinkIfPossible(path: string): string | undefined {
  return orUndefined(() => readlinkSync(path));
}

function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (nodeErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
