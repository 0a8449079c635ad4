/**
 * Connects to a Unix socket and returns who listens there, before anything is written. Node's own sockets do
 * not report that, and fail with EAGAIN if the listener's queue is full; here the kernel waits for room, for
 * a limited time.
 */
import { closeSync } from 'node:fs';
import type { PeerCredentials } from '../kernel.js';
import { lastError, lazily, libc } from '../libc.js';
import { peerCredentials } from './peer-credentials.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { AF_UNIX, fileAddress, SOCK_CLOEXEC, SOCK_STREAM, SOL_SOCKET } from './unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    socket: declare('int', 'socket', ['int', 'int', 'int']),
    setsockopt: declare('int', 'setsockopt', ['int', 'int', 'int', 'void *', 'unsigned int']),
    connect: declare('int', 'connect', ['int', 'void *', 'unsigned int']),
  };
});

/** <bits/socket.h>, <asm-generic/socket.h> */
/** with 64-bit time: the number of x86_64 and arm64 */
const SO_SNDTIMEO = 21;
/** struct timeval: seconds, microseconds */
const TIMEVAL_SIZE = 16;

export interface Connected {
  readonly fd: number;
  /** the process that called listen(2), with its credentials at that time (unix(7)) */
  readonly peer: PeerCredentials;
}

/**
 * Connects, and waits if the listener's queue is full.
 * @param path at most 107 bytes
 * @param milliseconds after which it gives up with EAGAIN
 * @throws SystemError
 */
export function connectTo(path: string, milliseconds: number): Connected {
  const fd = calls().socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw lastError('socket', 'open a Unix socket');
  try {
    limitWait(fd, milliseconds);
    const address = fileAddress(path);
    if (calls().connect(fd, address, address.length) !== 0) throw lastError('connect', `connect to ${path}`);
    return { fd, peer: peerCredentials(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function limitWait(fd: number, milliseconds: number): void {
  const limit = allocatePinned(TIMEVAL_SIZE);
  const view = viewOf(limit);
  view.setBigInt64(0, BigInt(Math.floor(milliseconds / 1000)), HOST_IS_LITTLE_ENDIAN);
  view.setBigInt64(8, BigInt((milliseconds % 1000) * 1000), HOST_IS_LITTLE_ENDIAN);
  if (calls().setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, limit, TIMEVAL_SIZE) !== 0)
    throw lastError('setsockopt', 'limit the time for connecting');
}
