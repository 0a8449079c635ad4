/**
 * Sends a notification to a service manager, like sd_notify(3): one Unix datagram. Node has no datagram Unix
 * sockets.
 */
import { closeSync } from 'node:fs';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    socket: declare('int', 'socket', ['int', 'int', 'int']),
    sendto: declare('int64_t', 'sendto', ['int', 'void *', 'uint64_t', 'int', 'void *', 'unsigned int']),
  };
});

/** <bits/socket.h>, <asm-generic/socket.h> */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const MSG_NOSIGNAL = 0x4000;

/** struct sockaddr_un: the family, then a path of 108 bytes */
const FAMILY_SIZE = 2;
const LONGEST_ADDRESS = 108;

/**
 * Tests for an address that sd_notify(3) knows: an absolute path, or `@NAME` for an abstract name (unix(7)).
 * Others, for instance `vsock:`, are for virtual machines.
 */
export function isNotifyAddress(address: string): boolean {
  return /^[/@]./.test(address) && Buffer.byteLength(address) < LONGEST_ADDRESS;
}

/**
 * Sends without waiting: a manager that does not read its socket must not block foster.
 * @param address see isNotifyAddress
 * @throws SystemError, EAGAIN if the manager's queue is full
 */
export function sendNotice(address: string, text: string): void {
  const fd = calls().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw lastError('socket', 'open a Unix socket');
  try {
    const name = Buffer.from(address);
    const isAbstract = address.startsWith('@');
    if (isAbstract) name[0] = 0;
    const to = allocatePinned(FAMILY_SIZE + LONGEST_ADDRESS);
    viewOf(to).setUint16(0, AF_UNIX, HOST_IS_LITTLE_ENDIAN);
    name.copy(to, FAMILY_SIZE);
    // the length delimits an abstract name; a path ends with its NUL
    const length = FAMILY_SIZE + name.length + (isAbstract ? 0 : 1);
    const message = Buffer.from(text);
    const pinned = allocatePinned(message.length);
    message.copy(pinned);
    if (calls().sendto(fd, pinned, message.length, MSG_NOSIGNAL, to, length) < 0)
      throw lastError('sendto', `send a notice to ${address}`);
  } finally {
    closeSync(fd);
  }
}
