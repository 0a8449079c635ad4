import type { PeerCredentials } from '../kernel.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned } from '../pinned-buffer.js';
import { SOL_SOCKET } from './unix-address.js';

const calls = lazily(() => ({
  getsockopt: libc().declare('int', 'getsockopt', ['int', 'int', 'int', 'void *', 'void *']),
}));

/** <asm-generic/socket.h> */
const SO_PEERCRED = 17;
/** struct ucred: pid, uid, gid */
const UCRED_SIZE = 12;

/** Reused: with a flood of connections, new buffers would keep the garbage collector busy. */
const answer = lazily(() => ({ credentials: allocatePinned(UCRED_SIZE), length: allocatePinned(4) }));

/**
 * Returns the peer of a connected Unix socket: its credentials at the time of connect(2), see unix(7).
 * @throws SystemError
 */
export function peerCredentials(fd: number): PeerCredentials {
  const { credentials, length } = answer();
  length.writeUInt32LE(UCRED_SIZE);
  if (calls().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) {
    throw lastError('getsockopt', `ask who is connected to descriptor ${fd}`);
  }
  return {
    pid: credentials.readInt32LE(0),
    uid: credentials.readUInt32LE(4),
    gid: credentials.readUInt32LE(8),
  };
}
