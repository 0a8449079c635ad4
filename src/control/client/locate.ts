/** Locates the supervisor's socket for the client. */
import { lstatSync } from 'node:fs';
import { runDirectories, socketIn, type Who } from '../../supervisor/directories.js';
import { findSocketFault, type SocketPlace } from './socket-trust.js';
import { isCodedError } from '../../kernel/errno.js';

/** File system access; functions so that tests need none. */
export interface SocketFiles {
  readonly exists: (path: string) => boolean;
  /** whether nobody else could have made what is there */
  readonly isTrusted: (place: SocketPlace) => boolean;
}

/**
 * Searches in this order: `--socket`, FOSTER_SOCKET, UPSTART_SESSION if it names a socket file (a session's
 * init sets it for its jobs), the run directory. For an ordinary user without their own supervisor, the
 * system's is used.
 *
 * @param option the value of `--socket`
 * @param system use the system's supervisor even as an ordinary user (initctl --system)
 */
export function locateSocket(
  option: string | undefined,
  who: Who,
  system = false,
  files: SocketFiles = realFiles(who),
): SocketPlace {
  const named = option ?? who.env['FOSTER_SOCKET'] ?? sessionSocket(who.env['UPSTART_SESSION']);
  if (named !== undefined && named !== '') return { path: named, isNamed: true };
  const systemDirectories = runDirectories({ uid: 0, env: {} });
  const candidates = system
    ? systemDirectories
    : [...new Set([...runDirectories(who), ...systemDirectories])];
  const places = candidates.map((directory): SocketPlace => ({ path: socketIn(directory), isNamed: false }));
  // everybody may write to /tmp: a socket there may be a trap. It is skipped, and if there is no other, the
  // client reports it
  const there = places.filter(({ path }) => files.exists(path));
  return there.find(files.isTrusted) ?? there[0] ?? places[0]!;
}

function sessionSocket(address: string | undefined): string | undefined {
  return address?.startsWith('unix:path=') ? address.slice('unix:path='.length) : undefined;
}

function realFiles({ uid }: Who): SocketFiles {
  return {
    exists: (path) => existsAt(path),
    isTrusted: (place) => findSocketFault(place, uid) === undefined,
  };
}

/** Tests for a file. A directory of another user may be inaccessible: then there is none. */
function existsAt(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isCodedError(error)) return false;
    throw error;
  }
}
