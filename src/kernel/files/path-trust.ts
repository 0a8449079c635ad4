/**
 * Checks who could have made the file at a path, or could replace it. Everybody may write to /tmp, and
 * perhaps to a directory above the one that matters, so each step from the root is checked, links included.
 */
import { dirname, join, parse, resolve } from 'node:path';
import { readProcText } from '../proc/proc-file.js';
import { lstatIfPossible, readlinkIfPossible, statIfPossible } from './stat.js';

/** The checked properties of a file; read by a function parameter, so that tests need no file system. */
export interface PathEntry {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** of a symbolic link */
  readonly target?: string;
}

interface TrustOptions {
  /** users who may own a part of the path: root, and the caller */
  readonly users: readonly number[];
  /** groups that may have write permission: root's, and the caller's private group */
  readonly groups: readonly number[];
  /** for a socket, whose mode does not matter: everyone who may connect writes to it */
  readonly isSocket?: boolean;
  /** returns undefined if nothing is there */
  readonly look?: (path: string) => PathEntry | undefined;
}

/**
 * Why a path is not trusted; the reason completes a sentence that starts with the path: `belongs to user
 * 1000`.
 */
export interface PathFault {
  /** the untrusted part of the path */
  readonly path: string;
  readonly reason: string;
  readonly remedy: string;
}

const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;
/** path_resolution(7): the kernel's limit of links in one path, too */
const MOST_LINKS = 40;

/**
 * Checks every directory, link and file from the root to `path`. Each must belong to a trusted user, so that
 * nobody else can have made it. The last one and its directory must not be writable by others; in a directory
 * with the sticky bit, such as /tmp, only the owner of an entry can replace it.
 *
 * A directory further up that others may write to (a Kubernetes volume at /run has mode 0777) is accepted:
 * whatever they put there belongs to them, and is rejected for that.
 *
 * @returns the first fault; undefined if there is none, or if nothing is there
 */
export function findPathFault(path: string, options: TrustOptions): PathFault | undefined {
  const look = options.look ?? lookAt;
  let links = 0;
  const walk = (to: string): PathFault | 'missing' | undefined => {
    const parent = dirname(to);
    if (parent !== to) {
      const above = walk(parent);
      if (above !== undefined) return above;
    }
    const entry = look(to);
    if (entry === undefined) return 'missing';
    const owner = findOwnerFault(to, entry, options);
    if (owner !== undefined) return owner;
    if (entry.target === undefined) return undefined;
    links += 1;
    if (links > MOST_LINKS) return { path: to, reason: 'is a link in a circle', remedy: `rm ${to}` };
    return walk(resolve(parent, entry.target));
  };
  const fault = walk(resolve(path));
  if (fault === 'missing') return undefined;
  return fault ?? findWriterFault(resolve(path), look, options);
}

/** Checks the last entry and its directory, after all links have been followed. */
function findWriterFault(path: string, look: Look, options: TrustOptions): PathFault | undefined {
  const real = followLinks(path, look);
  const parent = dirname(real);
  const holder = parent === real ? undefined : look(parent);
  // the entry's owner is trusted, and only the owner can replace it there
  if (holder !== undefined && (holder.mode & STICKY) === 0) {
    const fault = findWriter(parent, holder, options);
    if (fault !== undefined) return fault;
  }
  const entry = look(real);
  return entry === undefined || options.isSocket === true ? undefined : findWriter(real, entry, options);
}

/**
 * Returns the groups whose write permission is harmless: root's, and the user's private group (adduser's
 * default), which makes the user's directories group-writable.
 */
export function trustedGroups(uid: number, gid = process.getegid?.()): readonly number[] {
  return gid === uid ? [0, gid] : [0];
}

/** Returns who else may write to one file or directory; undefined if nobody. */
export function findWriter(
  path: string,
  { mode, gid }: PathEntry,
  { groups }: Pick<TrustOptions, 'groups'>,
): PathFault | undefined {
  if ((mode & WRITABLE_BY_OTHERS) !== 0)
    return { path, reason: 'is writable by everyone', remedy: `chmod o-w ${path}` };
  if ((mode & WRITABLE_BY_GROUP) !== 0 && !groups.includes(gid))
    return { path, reason: `is writable by group ${gid}`, remedy: `chmod g-w ${path}` };
  return undefined;
}

export function findOwnerFault(
  path: string,
  { uid }: PathEntry,
  { users }: Pick<TrustOptions, 'users'>,
): PathFault | undefined {
  if (users.includes(uid) || isUnmapped(uid)) return undefined;
  return { path, reason: `belongs to user ${uid}`, remedy: `chown ${users[0] ?? 0} ${path}` };
}

type Look = (path: string) => PathEntry | undefined;

function followLinks(path: string, look: Look): string {
  const { root } = parse(path);
  let real = root;
  let links = 0;
  const rest = path
    .slice(root.length)
    .split('/')
    .filter((part) => part !== '');
  while (rest.length > 0) {
    const next = join(real, rest.shift()!);
    const target = look(next)?.target;
    if (target === undefined || links > MOST_LINKS) {
      real = next;
      continue;
    }
    links += 1;
    rest.unshift(
      ...resolve(real, target)
        .split('/')
        .filter((part) => part !== ''),
    );
    real = root;
  }
  return real;
}

/**
 * Looks at a path; undefined if nothing is there.
 * @param links whether to look at a symbolic link itself, or follow it
 */
export function lookAt(path: string, links: 'keep' | 'follow' = 'keep'): PathEntry | undefined {
  const stats = links === 'keep' ? lstatIfPossible(path) : statIfPossible(path);
  if (stats === undefined) return undefined;
  const { uid, gid, mode } = stats;
  const target = stats.isSymbolicLink() ? readlinkIfPossible(path) : undefined;
  // a link that has been replaced meanwhile counts as writable by everyone, according to its mode
  return target === undefined ? { uid, gid, mode } : { uid, gid, mode, target };
}

/**
 * Tests whether a file's owner is unknown in this user namespace. Files of unknown users seem to belong to
 * the overflow user (user_namespaces(7)), which is a real user only if the namespace maps that number.
 */
export function isUnmapped(uid: number): boolean {
  unmapped ??= {
    uid: findUnmapped(readProcText('/proc/sys/kernel/overflowuid'), readProcText('/proc/self/uid_map')),
  };
  return uid === unmapped.uid;
}

let unmapped: { readonly uid: number | undefined } | undefined;

/**
 * @param overflow text of /proc/sys/kernel/overflowuid
 * @param map text of /proc/self/uid_map: first uid inside, first uid outside, count
 */
export function findUnmapped(overflow: string, map: string): number | undefined {
  const uid = Number(overflow.trim() || NaN);
  const lines = map
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  if (!Number.isInteger(uid) || lines.length === 0) return undefined;
  const isMapped = lines.some((line) => {
    const [first = NaN, , count = NaN] = line.trim().split(/\s+/).map(Number);
    return uid >= first && uid < first + count;
  });
  return isMapped ? undefined : uid;
}
