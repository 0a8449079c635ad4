/**
 * Whom the client talks to. What a command sends may be a password (`foster start db PASSWORD=…`), and what it prints is
 * believed: so it talks to root, to the user itself, or to the user whose directory was named, and to nobody else.
 */
import { dirname } from 'node:path';
import type { PeerCredentials } from '../../kernel/kernel.js';
import {
  findPathFault,
  findWriter,
  isUnmapped,
  lookAt,
  trustedGroups,
  type PathFault,
} from '../../kernel/files/path-trust.js';
import { SocketPathError } from '../socket-address.js';

/** Where the client expects the supervisor. */
export interface SocketPlace {
  readonly path: string;
  /** by --socket or the environment; otherwise it is a place where foster looks by itself */
  readonly isNamed: boolean;
}

/** Another user could have made the socket. Nothing has been sent. */
export class UntrustedSocketError extends SocketPathError {
  override readonly name: string = 'UntrustedSocketError';
}

/**
 * Why another user could have made this socket; undefined when none could, or nothing is there.
 *
 * Whoever names a socket means the owner of its directory, if nobody else can write there. In a place that foster looks at
 * by itself, the whole path has to be root's or the user's own.
 */
export function findSocketFault(place: SocketPlace, uid: number): PathFault | undefined {
  const users = trustedUsers(place, uid);
  const groups = trustedGroups(uid);
  if (!place.isNamed) return findPathFault(place.path, { users, groups, isSocket: true });
  const socket = lookAt(place.path);
  if (socket === undefined) return undefined;
  if (!users.includes(socket.uid) && !isUnmapped(socket.uid)) {
    const remedy = `remove it, if it is not yours`;
    return { path: place.path, reason: `belongs to user ${socket.uid}`, remedy };
  }
  const directory = dirname(place.path);
  const holder = lookAt(directory, 'follow');
  const isSticky = holder !== undefined && (holder.mode & 0o1000) !== 0;
  return holder === undefined || isSticky ? undefined : findWriter(directory, holder, { groups });
}

/** @throws UntrustedSocketError when another user could have made the socket */
export function requireTrustedSocket(place: SocketPlace, uid: number): void {
  const fault = findSocketFault(place, uid);
  if (fault === undefined) return;
  throw new UntrustedSocketError(
    `the socket ${place.path} is not used, since another user could have made it: ${fault.path} ${fault.reason} (${fault.remedy}, or name another socket by --socket)`,
  );
}

/** @throws UntrustedSocketError when the process that listens is somebody else's */
export function requireTrustedPeer(place: SocketPlace, uid: number, peer: PeerCredentials): void {
  if (trustedUsers(place, uid).includes(peer.uid) || isUnmapped(peer.uid)) return;
  throw new UntrustedSocketError(
    `the socket ${place.path} is not used, since a process of user ${peer.uid} listens there: nothing was sent to it`,
  );
}

function trustedUsers({ path, isNamed }: SocketPlace, uid: number): readonly number[] {
  if (!isNamed) return [0, uid];
  const owner = lookAt(dirname(path), 'follow')?.uid;
  return owner === undefined ? [0, uid] : [0, uid, owner];
}
