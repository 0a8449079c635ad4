/**
 * Decides whom the client trusts. A command may contain a password (`start db PASSWORD=…`), and its answer is
 * believed. So the client talks only to root, to the user itself, or to the owner of the named directory.
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
  /** by --socket or the environment; otherwise a default place */
  readonly isNamed: boolean;
}

/** Thrown if another user could have made the socket. Nothing has been sent. */
class UntrustedSocketError extends SocketPathError {
  override readonly name: string = 'UntrustedSocketError';
}

/**
 * Returns why another user could have made this socket; undefined if none could, or nothing is there.
 *
 * A user who names a socket trusts the owner of its directory, if nobody else can write there. In a default
 * place, the whole path must belong to root or the user.
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

/** @throws UntrustedSocketError if another user could have made the socket */
export function requireTrustedSocket(place: SocketPlace, uid: number): void {
  const fault = findSocketFault(place, uid);
  if (fault === undefined) return;
  throw new UntrustedSocketError(
    `the socket ${place.path} is not used, since another user could have made it: ${fault.path} ${fault.reason} (${fault.remedy}, or name another socket by --socket)`,
  );
}

/** @throws UntrustedSocketError if the listening process is somebody else's */
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
