/**
 * Who could have made what stands at a path, or could replace it. /tmp belongs to everybody, and so may a directory above
 * the one that matters: each step from the root is looked at, links included.
 */
import { dirname, join, parse, resolve } from 'node:path';
import { readProcText } from '../proc/proc-file.js';
import { lstatIfPossible, readlinkIfPossible, statIfPossible } from './stat.js';

/** What is looked at of a file; a function of it, so that tests need no file system. */
export interface PathEntry {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** of a symbolic link */
  readonly target?: string;
}

export interface TrustOptions {
  /** users who may own what is on the way: root, and whoever asks */
  readonly users: readonly number[];
  /** groups that may write: root's, and the private group of whoever asks */
  readonly groups: readonly number[];
  /** a socket is written to by whoever may connect: its own mode does not matter */
  readonly isSocket?: boolean;
  /** undefined where there is nothing */
  readonly look?: (path: string) => PathEntry | undefined;
}

/** Why a path is not to be trusted, in words that go on from its name: `belongs to user 1000`. */
export interface PathFault {
  /** the part of the path with which something is wrong */
  readonly path: string;
  readonly reason: string;
  readonly remedy: string;
}

const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;
/** path_resolution(7): so many links in one path are an error of the kernel's, too */
const MOST_LINKS = 40;

/**
 * Looks at every directory, link and file from the root to `path`. Each must belong to a trusted user, so that nobody else
 * can have made it. The last one and the directory that holds it must not be writable by others: in a directory with the
 * sticky bit, as /tmp, only the owner of an entry can replace it.
 *
 * A directory further up that others may write to (a volume of Kubernetes at /run has mode 0777) is no fault by itself:
 * whatever they put there belongs to them, and is refused for that.
 *
 * @returns the first fault; undefined when there is none, or when nothing is there
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

/** The last entry and its directory, as they are when all links have been followed. */
function findWriterFault(path: string, look: Look, options: TrustOptions): PathFault | undefined {
  const real = followLinks(path, look);
  const parent = dirname(real);
  const holder = parent === real ? undefined : look(parent);
  // the entry's owner has been found to be trusted, and only the owner replaces it there
  if (holder !== undefined && (holder.mode & STICKY) === 0) {
    const fault = findWriter(parent, holder, options);
    if (fault !== undefined) return fault;
  }
  const entry = look(real);
  return entry === undefined || options.isSocket === true ? undefined : findWriter(real, entry, options);
}

/**
 * Groups whose right to write is nobody else's: root's, and the user's own where each user has one (adduser's default), by which
 * its directories are writable then.
 */
export function trustedGroups(uid: number, gid = process.getegid?.()): readonly number[] {
  return gid === uid ? [0, gid] : [0];
}

/** Says who else may write to one file or directory; undefined when nobody may. */
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
 * What there is of a path; undefined when there is nothing.
 * @param links whether a symbolic link is itself looked at, or followed
 */
export function lookAt(path: string, links: 'keep' | 'follow' = 'keep'): PathEntry | undefined {
  const stats = links === 'keep' ? lstatIfPossible(path) : statIfPossible(path);
  if (stats === undefined) return undefined;
  const { uid, gid, mode } = stats;
  const target = stats.isSymbolicLink() ? readlinkIfPossible(path) : undefined;
  // a link that has been replaced meanwhile counts as what everyone may write: its mode says so
  return target === undefined ? { uid, gid, mode } : { uid, gid, mode, target };
}

/**
 * Whether a file's owner is nobody of this user namespace: files of users that it does not know seem to belong to the
 * overflow user (user_namespaces(7)), which is somebody only if the namespace has a user of that number.
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
 * @param map text of /proc/self/uid_map: first user here, first user outside, how many
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
