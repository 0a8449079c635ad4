/**
 * Sends a notification to a service manager, like sd_notify(3): one Unix datagram. Node has no datagram Unix
 * sockets.
 */
import { closeSync } from 'node:fs';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned } from '../pinned-buffer.js';
import {
  AF_UNIX,
  LONGEST_PATH,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  unixAddress,
} from './unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    socket: declare('int', 'socket', ['int', 'int', 'int']),
    sendto: declare('int64_t', 'sendto', ['int', 'void *', 'uint64_t', 'int', 'void *', 'unsigned int']),
  };
});

/**
 * Tests for an address that sd_notify(3) knows: an absolute path, or `@NAME` for an abstract name (unix(7)).
 * Others, for instance `vsock:`, are for virtual machines.
 */
export function isNotifyAddress(address: string): boolean {
  return /^[/@]./.test(address) && Buffer.byteLength(address) <= LONGEST_PATH;
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
    const to = unixAddress(address);
    const message = Buffer.from(text);
    const pinned = allocatePinned(message.length);
    message.copy(pinned);
    if (calls().sendto(fd, pinned, message.length, MSG_NOSIGNAL, to, to.length) < 0)
      throw lastError('sendto', `send a notice to ${address}`);
  } finally {
    closeSync(fd);
  }
}
