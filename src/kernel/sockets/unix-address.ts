/** Constants of sockets, the same on each machine that Node runs on, and the address of a Unix socket (unix(7)). */
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';

/** <bits/socket.h> */
export const AF_UNIX = 1;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
/** <asm-generic/socket.h> */
export const SOL_SOCKET = 1;

/** struct sockaddr_un: the family, then a path of 108 bytes with its NUL */
const FAMILY_SIZE = 2;
export const LONGEST_PATH = 107;

/**
 * Returns the address of a socket file; its length is that of the buffer.
 * @throws RangeError for a path that is too long
 */
export function fileAddress(path: string): Buffer {
  return addressOfBytes(Buffer.from(`${path}\0`), path);
}

/** Returns the same, or for `@NAME` that of a name in the abstract namespace. @throws RangeError */
export function unixAddress(path: string): Buffer {
  if (!path.startsWith('@')) return fileAddress(path);
  // an abstract name begins with NUL and is not terminated by NUL: its length counts
  return addressOfBytes(Buffer.from(`\0${path.slice(1)}`), path);
}

function addressOfBytes(name: Buffer, path: string): Buffer {
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new RangeError(`${path}: the path of a socket has at most ${LONGEST_PATH} bytes`);
  const address = allocatePinned(FAMILY_SIZE + name.length);
  viewOf(address).setUint16(0, AF_UNIX, HOST_IS_LITTLE_ENDIAN);
  name.copy(address, FAMILY_SIZE);
  return address;
}
