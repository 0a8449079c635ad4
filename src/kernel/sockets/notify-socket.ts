/**
 * The socket of sd_notify(3): Unix datagrams with the credentials of their sender, verified by the kernel,
 * and with descriptors. Node has no datagram Unix sockets.
 */

import { chmodSync, closeSync, rmSync } from 'node:fs';

import { EAGAIN, EINTR } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { isSocketAt, socketAt } from './listening-socket.js';
import { addressOf, allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { AF_UNIX, fileAddress, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET } from './unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    socket: declare('int', 'socket', ['int', 'int', 'int']),
    bind: declare('int', 'bind', ['int', 'void *', 'unsigned int']),
    setsockopt: declare('int', 'setsockopt', ['int', 'int', 'int', 'void *', 'unsigned int']),
    recvmsg: declare('int64_t', 'recvmsg', ['int', 'void *', 'int']),
  };
});

/** <bits/socket.h>, <asm-generic/socket.h> */
const SO_PASSCRED = 16;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const MSG_TRUNC = 0x20;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** The same limit as systemd's (PIPE_BUF); a longer message is ignored. */
const LONGEST_MESSAGE = 4096;
/** unix(7): SCM_MAX_FD */
const MOST_DESCRIPTORS = 253;

/** struct msghdr: name, its length, the iovecs, their number, the control data, its length, flags */
const HEADER_SIZE = 56;
const HEADER = { iovec: 16, iovecCount: 24, control: 32, controlLength: 40, flags: 48 } as const;
/** struct iovec */
const IOVEC_SIZE = 16;
/** struct cmsghdr: length with this header, level, type; the next one begins at a multiple of 8 */
const CONTROL_HEADER_SIZE = 16;
const CONTROL_ALIGNMENT = 8;
/** struct ucred: pid, uid, gid */
const CREDENTIALS_SIZE = 12;
const DESCRIPTOR_SIZE = 4;
const CONTROL_SIZE =
  2 * CONTROL_HEADER_SIZE + aligned(CREDENTIALS_SIZE) + aligned(MOST_DESCRIPTORS * DESCRIPTOR_SIZE);

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
  private readonly message = allocatePinned(LONGEST_MESSAGE);
  private readonly control = allocatePinned(CONTROL_SIZE);
  private readonly iovec = allocatePinned(IOVEC_SIZE);
  private readonly header = allocatePinned(HEADER_SIZE);
  private readonly controlView = viewOf(this.control);
  private readonly headerView = viewOf(this.header);
  private closed = false;

  private constructor(
    readonly fd: number,
    readonly path: string,
    private readonly name = socketAt(path),
  ) {
    const iovec = viewOf(this.iovec);
    iovec.setBigUint64(0, addressOf(this.message), HOST_IS_LITTLE_ENDIAN);
    iovec.setBigUint64(8, BigInt(LONGEST_MESSAGE), HOST_IS_LITTLE_ENDIAN);
    this.headerView.setBigUint64(HEADER.iovec, addressOf(this.iovec), HOST_IS_LITTLE_ENDIAN);
    this.headerView.setBigUint64(HEADER.iovecCount, 1n, HOST_IS_LITTLE_ENDIAN);
    this.headerView.setBigUint64(HEADER.control, addressOf(this.control), HOST_IS_LITTLE_ENDIAN);
  }

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
  static adopt(fd: number, path: string): NotifySocket {
    return new NotifySocket(fd, path);
  }

  /** Returns the next message; undefined if none is queued. @throws SystemError */
  receive(): NotifyDatagram | undefined {
    this.headerView.setBigUint64(HEADER.controlLength, BigInt(CONTROL_SIZE), HOST_IS_LITTLE_ENDIAN);
    for (;;) {
      const length = calls().recvmsg(this.fd, this.header, MSG_CMSG_CLOEXEC);
      if (length >= 0) return this.datagram(length);
      const error = lastError('recvmsg', `read from ${this.path}`);
      if (error.errno === EAGAIN) return undefined;
      if (error.errno !== EINTR) throw error;
    }
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

  private datagram(length: number): NotifyDatagram {
    const flags = this.headerView.getInt32(HEADER.flags, HOST_IS_LITTLE_ENDIAN);
    const text = (flags & MSG_TRUNC) === 0 ? this.message.toString('utf8', 0, length) : undefined;
    let sender = { pid: 0, uid: -1 };
    const descriptors: number[] = [];
    for (const { type, data, end } of this.controlMessages()) {
      if (type === SCM_CREDENTIALS) {
        sender = { pid: this.int(data), uid: this.int(data + 4) };
      } else if (type === SCM_RIGHTS) {
        for (let at = data; at + DESCRIPTOR_SIZE <= end; at += DESCRIPTOR_SIZE)
          descriptors.push(this.int(at));
      }
    }
    return { ...sender, text, descriptors };
  }

  private *controlMessages(): Iterable<{ type: number; data: number; end: number }> {
    const total = Number(this.headerView.getBigUint64(HEADER.controlLength, HOST_IS_LITTLE_ENDIAN));
    let at = 0;
    while (at + CONTROL_HEADER_SIZE <= total) {
      const length = Number(this.controlView.getBigUint64(at, HOST_IS_LITTLE_ENDIAN));
      if (length < CONTROL_HEADER_SIZE) return;
      if (this.int(at + 8) === SOL_SOCKET)
        yield { type: this.int(at + 12), data: at + CONTROL_HEADER_SIZE, end: at + length };
      at += aligned(length);
    }
  }

  private int(offset: number): number {
    return this.controlView.getInt32(offset, HOST_IS_LITTLE_ENDIAN);
  }
}

function passCredentials(fd: number): void {
  const on = allocatePinned(4);
  viewOf(on).setInt32(0, 1, HOST_IS_LITTLE_ENDIAN);
  if (calls().setsockopt(fd, SOL_SOCKET, SO_PASSCRED, on, 4) !== 0) {
    throw lastError('setsockopt', 'ask for the credentials of senders');
  }
}

function aligned(length: number): number {
  return Math.ceil(length / CONTROL_ALIGNMENT) * CONTROL_ALIGNMENT;
}
