/**
 * Removes a directory with its contents, which a job's user may have made. Works only below directory
 * descriptors (through /proc/self/fd, because Node has no openat(2)): a name replaced by a link meanwhile
 * leads nowhere, so nobody can make root remove files elsewhere. Stays on one file system.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { nodeErrorCode } from '../errno.js';
import { descriptorPath } from '../proc/proc-file.js';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Each level needs a descriptor. Only an attacker nests deeper. */
const DEEPEST = 64;

/**
 * Removes the tree entry by entry: the caller may do something else in between.
 * @returns what could not be removed, with the reason; empty if the directory is gone
 */
export function* removingTree(path: string): Generator<undefined, readonly string[]> {
  const left: string[] = [];
  const fd = attempt(left, path, () => openSync(path, DIRECTORY));
  if (fd === undefined) return left;
  try {
    yield* emptying(fd, path, 1, { device: fstatSync(fd).dev, left });
  } finally {
    closeSync(fd);
  }
  attempt(left, path, () => rmdirSync(path));
  return left;
}

interface Removal {
  /** of the file system to which the tree belongs */
  readonly device: number;
  /** what could not be removed, and why */
  readonly left: string[];
}

function* emptying(fd: number, shown: string, depth: number, removal: Removal): Generator<undefined, void> {
  const { device, left } = removal;
  const here = descriptorPath(fd);
  for (const name of attempt(left, shown, () => readdirSync(here)) ?? []) {
    const [path, known] = [join(here, name), join(shown, name)];
    yield undefined;
    if (unlinked(path, known, left)) continue;
    const below = attempt(left, known, () => openSync(path, DIRECTORY));
    if (below === undefined) continue;
    try {
      if (fstatSync(below).dev !== device) left.push(`${known}: another file system is mounted there`);
      else if (depth >= DEEPEST) left.push(`${known}: nested too deeply`);
      else yield* emptying(below, known, depth + 1, removal);
    } finally {
      closeSync(below);
    }
    attempt(left, known, () => rmdirSync(path));
  }
}

/**
 * Removes a name. unlink(2) never follows a link, and refuses directories: EISDIR on Linux, in spite of
 * POSIX.
 */
function unlinked(path: string, known: string, left: string[]): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'EISDIR') return false;
    if (code === undefined) throw error;
    if (code !== 'ENOENT') left.push(`${known}: ${code}`);
    return true;
  }
}

/** Calls `act`. If it fails, records that and returns undefined; a missing entry is no failure. */
function attempt<Result>(left: string[], known: string, act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === undefined) throw error;
    const isNoted = code === 'ENOENT' || left.some((one) => one.startsWith(known));
    if (!isNoted) left.push(`${known}: ${code}`);
    return undefined;
  }
}
