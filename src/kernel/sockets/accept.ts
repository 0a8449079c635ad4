/**
 * Accepts connections of a listening Unix socket one by one. Node's own servers accept all waiting
 * connections and build an object for each before the peer is known: two thousand connections of a stranger
 * would block the event loop for a fifth of a second. Here a refused connection costs three system calls.
 */
import { EAGAIN, EINTR } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned } from '../pinned-buffer.js';
import { closeConnection } from './stranger-input.js';
import { MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK } from './unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    accept4: declare('int', 'accept4', ['int', 'void *', 'void *', 'int']),
    send: declare('int64_t', 'send', ['int', 'void *', 'uint64_t', 'int']),
    poll: declare('int', 'poll', ['void *', 'unsigned long', 'int']),
  };
});

/** <bits/poll.h> */
const POLLERR = 8;
const POLLHUP = 16;
/** errno of a client that has given up between connect(2) and accept(2) (accept(2), "Error handling") */
const ECONNABORTED = 103;

/** struct pollfd: descriptor, wanted events, found events */
const POLL_SIZE = 8;
const pollRequest = lazily(() => allocatePinned(POLL_SIZE));

/**
 * Accepts the next connection of a non-blocking listening socket.
 * @returns its descriptor (non-blocking, close-on-exec), or undefined if none is waiting
 * @throws SystemError, for instance EMFILE
 */
export function acceptConnection(listening: number): number | undefined {
  for (;;) {
    const fd = calls().accept4(listening, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) return fd;
    const errno = libc().koffi.errno();
    // the normal case after each connection: an error with its stack trace would cost more than the accept
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR && errno !== ECONNABORTED)
      throw lastError('accept', `accept a connection of descriptor ${listening}`);
  }
}

/** Sends a reason, as far as possible without waiting, and closes the connection. */
export function refuseConnection(fd: number, word: Uint8Array): void {
  // a client that does not read it loses only the reason
  calls().send(fd, word, word.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  closeConnection(fd);
}

/**
 * Tests whether the other end of a connection is closed, and not only done with sending: a client that has
 * shut down its writing half (nc -N, an HTTP/1.0 client) still waits for the answer.
 */
export function isHungUp(fd: number): boolean {
  const request = pollRequest();
  request.writeInt32LE(fd, 0);
  request.writeInt32LE(0, 4);
  return calls().poll(request, 1, 0) === 1 && (request.readInt16LE(6) & (POLLHUP | POLLERR)) !== 0;
}
