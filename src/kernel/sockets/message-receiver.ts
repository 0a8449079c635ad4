/** Receives messages of Unix sockets with what the kernel passes beside them: credentials and descriptors (unix(7)). */
import { EAGAIN, EINTR } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { addressOf, allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { MSG_DONTWAIT, SOL_SOCKET } from './unix-address.js';

const calls = lazily(() => ({
  recvmsg: libc().declare('int64_t', 'recvmsg', ['int', 'void *', 'int']),
}));

/** <bits/socket.h> */
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const MSG_TRUNC = 0x20;
const MSG_CMSG_CLOEXEC = 0x40000000;

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

interface ReceivedMessage {
  /** valid until the next message */
  readonly bytes: Buffer;
  /** there was more than the receiver has room for */
  readonly isCut: boolean;
  /** the receiver must close them */
  readonly descriptors: readonly number[];
  /** if the socket has SO_PASSCRED */
  readonly sender: { readonly pid: number; readonly uid: number } | undefined;
}

export class MessageReceiver {
  readonly #bytes: Buffer;
  readonly #control = allocatePinned(CONTROL_SIZE);
  readonly #iovec = allocatePinned(IOVEC_SIZE);
  readonly #header = allocatePinned(HEADER_SIZE);
  readonly #controlView = viewOf(this.#control);
  readonly #headerView = viewOf(this.#header);

  constructor(size: number) {
    this.#bytes = allocatePinned(size);
    const iovec = viewOf(this.#iovec);
    iovec.setBigUint64(0, addressOf(this.#bytes), HOST_IS_LITTLE_ENDIAN);
    iovec.setBigUint64(8, BigInt(size), HOST_IS_LITTLE_ENDIAN);
    this.#headerView.setBigUint64(HEADER.iovec, addressOf(this.#iovec), HOST_IS_LITTLE_ENDIAN);
    this.#headerView.setBigUint64(HEADER.iovecCount, 1n, HOST_IS_LITTLE_ENDIAN);
    this.#headerView.setBigUint64(HEADER.control, addressOf(this.#control), HOST_IS_LITTLE_ENDIAN);
  }

  /**
   * Returns the next message without waiting; no bytes at the end of a stream; undefined if there is none now.
   * @param name for the error
   * @throws SystemError
   */
  receive(fd: number, name: string): ReceivedMessage | undefined {
    for (;;) {
      this.#headerView.setBigUint64(HEADER.controlLength, BigInt(CONTROL_SIZE), HOST_IS_LITTLE_ENDIAN);
      const length = calls().recvmsg(fd, this.#header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
      if (length >= 0) return this.#message(length);
      const error = lastError('recvmsg', `read from ${name}`);
      if (error.errno === EAGAIN) return undefined;
      if (error.errno !== EINTR) throw error;
    }
  }

  #message(length: number): ReceivedMessage {
    const flags = this.#headerView.getInt32(HEADER.flags, HOST_IS_LITTLE_ENDIAN);
    let sender: ReceivedMessage['sender'];
    const descriptors: number[] = [];
    for (const { type, data, end } of this.#controlMessages()) {
      if (type === SCM_CREDENTIALS) sender = { pid: this.#int(data), uid: this.#int(data + 4) };
      else if (type === SCM_RIGHTS)
        for (let at = data; at + DESCRIPTOR_SIZE <= end; at += DESCRIPTOR_SIZE)
          descriptors.push(this.#int(at));
    }
    const bytes = this.#bytes.subarray(0, length);
    return { bytes, isCut: (flags & MSG_TRUNC) !== 0, descriptors, sender };
  }

  *#controlMessages(): Iterable<{ type: number; data: number; end: number }> {
    const total = Number(this.#headerView.getBigUint64(HEADER.controlLength, HOST_IS_LITTLE_ENDIAN));
    let at = 0;
    while (at + CONTROL_HEADER_SIZE <= total) {
      const length = Number(this.#controlView.getBigUint64(at, HOST_IS_LITTLE_ENDIAN));
      if (length < CONTROL_HEADER_SIZE) return;
      if (this.#int(at + 8) === SOL_SOCKET)
        yield { type: this.#int(at + 12), data: at + CONTROL_HEADER_SIZE, end: at + length };
      at += aligned(length);
    }
  }

  #int(offset: number): number {
    return this.#controlView.getInt32(offset, HOST_IS_LITTLE_ENDIAN);
  }
}

function aligned(length: number): number {
  return Math.ceil(length / CONTROL_ALIGNMENT) * CONTROL_ALIGNMENT;
}
