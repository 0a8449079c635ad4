/** Where the client looks for the supervisor's socket. */
import { lstatSync } from 'node:fs';
import { runDirectories, socketIn, type Who } from '../../supervisor/directories.js';
import { findSocketFault, type SocketPlace } from './socket-trust.js';

/** What the client asks of the file system; functions so that tests need none. */
export interface SocketFiles {
  readonly exists: (path: string) => boolean;
  /** whether another user could have made what is there */
  readonly isTrusted: (place: SocketPlace) => boolean;
}

/**
 * In this order: `--socket`, FOSTER_SOCKET, UPSTART_SESSION where it names a socket file (a session's own init says so to
 * its jobs), the run directory. An ordinary user without a supervisor of their own means the system's.
 *
 * @param option the value of `--socket`
 * @param system ask the system's supervisor even as an ordinary user (initctl --system)
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
  // /tmp belongs to everybody: what is there may be a trap. It is passed over, and if there is nothing else, the client says so.
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

/** A directory of another user may not be entered: then nothing is there for this one. */
function existsAt(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
