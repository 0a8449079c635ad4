/**
 * Closes descriptors that other processes have sent (unix(7)). close(2) may wait: for the peer of a connection
 * with SO_LINGER, which never reads (socket(7)), or for the daemon of a FUSE file system. Any local user could hang
 * foster by that. So a thread of libuv's closes whatever may wait; two at a time, which leaves two threads for
 * others.
 */
import { close, closeSync } from 'node:fs';
import { lazily, libc } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { readProcLink } from '../proc/proc-file.js';
import { SOL_SOCKET } from '../sockets/unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  const parameters = ['int', 'int', 'int', 'void *'] as const;
  return {
    setsockopt: declare('int', 'setsockopt', [...parameters, 'unsigned int']),
    getsockopt: declare('int', 'getsockopt', [...parameters, 'void *']),
  };
});

/** <asm-generic/socket.h> */
const SO_LINGER = 13;
const SO_ACCEPTCONN = 30;
/** struct linger: whether, and for how long */
const LINGER_SIZE = 8;
const INT_SIZE = 4;

const MOST_AT_ONCE = 2;

const waiting: number[] = [];
let closing = 0;

/** Returns how many descriptors are not closed yet. */
export function foreignDescriptors(): number {
  return waiting.length + closing;
}

/** Closes a descriptor: now if that cannot take long, otherwise soon. */
export function closeForeign(fd: number): void {
  if (isQuicklyClosed(fd)) return closeSync(fd);
  waiting.push(fd);
  closeNext();
}

function closeNext(): void {
  const fd = closing < MOST_AT_ONCE ? waiting.shift() : undefined;
  if (fd === undefined) return;
  closing += 1;
  // an error is one of whoever sent it, for instance of a disk; the descriptor is free in any case
  close(fd, () => {
    closing -= 1;
    closeNext();
  });
}

/** Tests by the kernel's own name of the open file, since fstat(2) may wait for a FUSE daemon, too. */
function isQuicklyClosed(fd: number): boolean {
  const name = readProcLink(`/proc/self/fd/${fd}`) ?? '';
  // a path begins with a slash. The end of a pipe is the answer to BARRIER=1
  if (name.startsWith('pipe:[')) return true;
  if (!name.startsWith('socket:[')) return false;
  // another process that has it may change this at any time, so the thread closes it nevertheless
  calls().setsockopt(fd, SOL_SOCKET, SO_LINGER, allocatePinned(LINGER_SIZE), LINGER_SIZE);
  // a service that is started again needs its port
  return isListening(fd);
}

function isListening(fd: number): boolean {
  const [value, size] = [allocatePinned(INT_SIZE), allocatePinned(INT_SIZE)];
  viewOf(size).setInt32(0, INT_SIZE, HOST_IS_LITTLE_ENDIAN);
  if (calls().getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, value, size) !== 0) return false;
  return viewOf(value).getInt32(0, HOST_IS_LITTLE_ENDIAN) !== 0;
}
