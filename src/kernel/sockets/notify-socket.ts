/**
 * The socket of sd_notify(3): Unix datagrams with the credentials of their sender, verified by the kernel,
 * and with descriptors. Node has no datagram Unix sockets.
 */

import { chmodSync, closeSync, rmSync } from 'node:fs';

import { lastError, lazily, libc } from '../libc.js';
import { isSocketAt, socketAt } from './listening-socket.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { MessageReceiver } from './message-receiver.js';
import { AF_UNIX, fileAddress, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET } from './unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    socket: declare('int', 'socket', ['int', 'int', 'int']),
    bind: declare('int', 'bind', ['int', 'void *', 'unsigned int']),
    setsockopt: declare('int', 'setsockopt', ['int', 'int', 'int', 'void *', 'unsigned int']),
  };
});

/** <bits/socket.h>, <asm-generic/socket.h> */
const SO_PASSCRED = 16;

/** The same limit as systemd's (PIPE_BUF); a longer message is ignored. */
const LONGEST_MESSAGE = 4096;

export interface NotifyDatagram {
  /** the sending process, in our own pid namespace; 0 if it is invisible from here */
  readonly pid: number;
  readonly uid: number;
  /** undefined if it was too long */
  readonly text: string | undefined;
  /** the receiver must close them */
  readonly descriptors: readonly number[];
}

export class NotifySocket {
  private readonly receiver = new MessageReceiver(LONGEST_MESSAGE);
  private closed = false;

  private constructor(
    readonly fd: number,
    readonly path: string,
    private readonly name = socketAt(path),
  ) {}

  /**
   * Binds the socket, replacing one of a former supervisor. Everybody may write to it: a job may have any
   * uid, and the kernel identifies the sender.
   * @param path at most 107 bytes (unix(7))
   * @throws SystemError, and RangeError for a path that is too long
   */
  static bind(path: string): NotifySocket {
    const address = fileAddress(path);
    const fd = calls().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) throw lastError('socket', 'open a datagram socket');
    try {
      passCredentials(fd);
      rmSync(path, { force: true });
      if (calls().bind(fd, address, address.length) !== 0) throw lastError('bind', `bind ${path}`);
      chmodSync(path, 0o666);
      return new NotifySocket(fd, path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Takes over the socket of the previous program, kept over a re-exec with its queued messages. */
  static reattach(fd: number, path: string): NotifySocket {
    return new NotifySocket(fd, path);
  }

  /** Returns the next message; undefined if none is queued. @throws SystemError */
  receive(): NotifyDatagram | undefined {
    const message = this.receiver.receive(this.fd, this.path);
    if (message === undefined) return undefined;
    const { bytes, isCut, descriptors, sender = { pid: 0, uid: -1 } } = message;
    return { ...sender, text: isCut ? undefined : bytes.toString('utf8'), descriptors };
  }

  /** Tests whether its path still leads to it. */
  get isNamed(): boolean {
    return isSocketAt(this.path, this.name);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    const { isNamed } = this;
    closeSync(this.fd);
    if (isNamed) rmSync(this.path, { force: true });
  }
}

function passCredentials(fd: number): void {
  const on = allocatePinned(4);
  viewOf(on).setInt32(0, 1, HOST_IS_LITTLE_ENDIAN);
  if (calls().setsockopt(fd, SOL_SOCKET, SO_PASSCRED, on, 4) !== 0) {
    throw lastError('setsockopt', 'ask for the credentials of senders');
  }
}
