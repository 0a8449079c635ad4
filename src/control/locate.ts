/** Where the client looks for the supervisor's socket. */
import { lstatSync } from 'node:fs';
import { runDirectories, socketIn, type Who } from '../supervisor/directories.js';

/** The owner of a directory, undefined when there is none; a function so that tests need no file system. */
export type OwnerOf = (directory: string) => number | undefined;

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
  ownerOf: OwnerOf = ownerOfDirectory,
): string {
  const named = option ?? who.env['FOSTER_SOCKET'] ?? sessionSocket(who.env['UPSTART_SESSION']);
  if (named !== undefined && named !== '') return named;
  const systemDirectories = runDirectories({ uid: 0, env: {} });
  const candidates = system
    ? systemDirectories
    : [...new Set([...runDirectories(who), ...systemDirectories])];
  // /tmp belongs to everybody: a directory there that is neither ours nor root's may be a trap
  const trusted = candidates.filter((directory) => [0, who.uid].includes(ownerOf(directory) ?? NaN));
  return socketIn(trusted.find((directory) => ownerOf(socketIn(directory)) !== undefined) ?? candidates[0]!);
}

function sessionSocket(address: string | undefined): string | undefined {
  return address?.startsWith('unix:path=') ? address.slice('unix:path='.length) : undefined;
}

function ownerOfDirectory(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.uid;
}
