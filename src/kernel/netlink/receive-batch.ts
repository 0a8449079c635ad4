/** Receives many datagrams with one system call, recvmmsg(2), into one reused Buffer. */

import { EAGAIN, EINTR } from '../errno.js';
import { lazily, libc } from '../libc.js';
import { MSG_DONTWAIT } from '../sockets/unix-address.js';
import { addressOf, allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';

const calls = lazily(() => ({
  recvmmsg: libc().declare('int', 'recvmmsg', ['int', 'void *', 'unsigned int', 'int', 'void *']),
}));

/** struct mmsghdr: a struct msghdr of 56 bytes (iovec at 16, number of iovecs at 24), then the length received */
const HEADER_SIZE = 64;
const HEADER_IOVEC = 16;
const HEADER_IOVEC_COUNT = 24;
const HEADER_LENGTH = 56;
/** struct iovec */
const IOVEC_SIZE = 16;

export class ReceiveBatch {
  /** the messages, `slotSize` apart */
  readonly view: DataView;
  private readonly headers: Buffer;
  private readonly headerView: DataView;
  private readonly iovecs: Buffer;
  private readonly headersAddress: bigint;
  private readonly recvmmsg = calls().recvmmsg;

  /**
   * @param capacity messages in a batch
   * @param slotSize bytes for one message; a longer one is cut off
   */
  constructor(
    private readonly capacity: number,
    private readonly slotSize: number,
  ) {
    const data = allocatePinned(capacity * slotSize);
    this.view = viewOf(data);
    this.headers = allocatePinned(capacity * HEADER_SIZE);
    this.headerView = viewOf(this.headers);
    this.iovecs = allocatePinned(capacity * IOVEC_SIZE);
    this.headersAddress = addressOf(this.headers);
    const iovecView = viewOf(this.iovecs);
    for (let slot = 0; slot < capacity; slot++) {
      const iovec = slot * IOVEC_SIZE;
      const header = slot * HEADER_SIZE;
      iovecView.setBigUint64(iovec, addressOf(data) + BigInt(slot * slotSize), HOST_IS_LITTLE_ENDIAN);
      iovecView.setBigUint64(iovec + 8, BigInt(slotSize), HOST_IS_LITTLE_ENDIAN);
      const address = addressOf(this.iovecs) + BigInt(iovec);
      this.headerView.setBigUint64(header + HEADER_IOVEC, address, HOST_IS_LITTLE_ENDIAN);
      this.headerView.setBigUint64(header + HEADER_IOVEC_COUNT, 1n, HOST_IS_LITTLE_ENDIAN);
    }
  }

  /** @returns the number of messages, 0 if none is queued, or a negative errno */
  receive(fd: number): number {
    for (;;) {
      const count = this.recvmmsg(fd, this.headersAddress, this.capacity, MSG_DONTWAIT, null);
      if (count >= 0) return count;
      const errno = libc().koffi.errno();
      if (errno === EAGAIN) return 0;
      if (errno !== EINTR) return -errno;
    }
  }

  offset(index: number): number {
    return index * this.slotSize;
  }

  length(index: number): number {
    return this.headerView.getUint32(index * HEADER_SIZE + HEADER_LENGTH, HOST_IS_LITTLE_ENDIAN);
  }
}
