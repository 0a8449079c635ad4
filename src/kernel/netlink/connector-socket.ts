/**
 * The socket of the proc connector. Unprivileged since Linux 6.6, before that with CAP_NET_ADMIN. It answers
 * only in the initial pid, user and network namespaces (DESIGN section 3), so an open socket proves nothing
 * before the acknowledgement.
 */

import { randomInt } from 'node:crypto';
import { closeSync } from 'node:fs';

import { ENOBUFS, systemError } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { addressOf, allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { buildConnectorFilter } from './connector-filter.js';
import {
  ALL_CONNECTOR_EVENTS,
  CN_IDX_PROC,
  decodeMessage,
  encodeRequest,
  PROC_CN_MCAST_IGNORE,
  PROC_CN_MCAST_LISTEN,
  type AcknowledgementRecord,
  type ConnectorEventKind,
  type ConnectorRecord,
} from './connector-messages.js';
import { LineageFilter } from './lineage-filter.js';
import { ReceiveBatch } from './receive-batch.js';
import { SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET } from '../sockets/unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    socket: declare('int', 'socket', ['int', 'int', 'int']),
    bind: declare('int', 'bind', ['int', 'void *', 'unsigned int']),
    send: declare('int64_t', 'send', ['int', 'void *', 'uint64_t', 'int']),
    setsockopt: declare('int', 'setsockopt', ['int', 'int', 'int', 'void *', 'unsigned int']),
    getsockopt: declare('int', 'getsockopt', ['int', 'int', 'int', 'void *', 'void *']),
  };
});

/** <bits/socket.h>, <linux/netlink.h>, <asm-generic/socket.h> */
const AF_NETLINK = 16;
const NETLINK_CONNECTOR = 11;
const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUFFORCE = 33;
/** struct sockaddr_nl: family, padding, port, groups as a mask (group 1 is its lowest bit) */
const SOCKADDR_NL_SIZE = 12;
const SOCKADDR_NL_GROUPS = 8;
/** struct sock_fprog: number of instructions, padding, their address */
const SOCK_FPROG_SIZE = 16;

/**
 * Bytes. The kernel doubles it and charges 832 per event: 40,000 events fit. The default of 208 KiB holds
 * 256.
 */
const RECEIVE_BUFFER = 16 * 1024 * 1024;

/** A message has 76 bytes. */
const SLOT_SIZE = 128;
const BATCH = 256;

/** Thrown if the kernel accepted the request to listen but did not answer. */
export class NotAcknowledgedError extends Error {
  override readonly name = 'NotAcknowledgedError';
}

export interface Reading {
  /** records delivered */
  readonly count: number;
  /**
   * the receive buffer was full and events were lost; what the kernel still held has been delivered, and
   * preceded them
   */
  readonly overflowed: boolean;
}

interface SkippedMessages {
  short: number;
  unknown: number;
}

export class ConnectorSocket {
  readonly skipped: SkippedMessages = { short: 0, unknown: 0 };
  /** bytes, as set by the kernel: twice the request, or less if net.core.rmem_max is lower */
  readonly receiveBuffer: number;
  private readonly batch = new ReceiveBatch(BATCH, SLOT_SIZE);
  private lineage: LineageFilter | undefined;
  private closed = false;

  private constructor(
    readonly fd: number,
    receiveBuffer: number,
  ) {
    this.receiveBuffer = setReceiveBuffer(fd, receiveBuffer);
  }

  /**
   * Opens the socket and requests events; they may arrive from now on.
   * @param kinds all by default
   * @param receiveBuffer bytes to request
   * @throws SystemError (EPROTONOSUPPORT: no connector in the kernel; EPERM: not permitted; ECONNREFUSED:
   * another network namespace) or NotAcknowledgedError
   */
  static open(
    kinds: readonly ConnectorEventKind[] = ALL_CONNECTOR_EVENTS,
    receiveBuffer = RECEIVE_BUFFER,
  ): ConnectorSocket {
    const flags = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    const fd = calls().socket(AF_NETLINK, flags, NETLINK_CONNECTOR);
    if (fd < 0) throw lastError('socket', 'open the proc connector');
    try {
      const socket = new ConnectorSocket(fd, receiveBuffer);
      attachFilter(fd, kinds);
      bindToProcessEvents(fd);
      socket.listen(kinds);
      return socket;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /**
   * Reads everything that the kernel has queued.
   * @param deliver called for each event, in order
   * @throws SystemError
   */
  read(deliver: (record: Exclude<ConnectorRecord, AcknowledgementRecord>) => void): Reading {
    return this.readRecords((record) => {
      // every listener also gets the others' acknowledgements
      if (record.kind !== 'acknowledgement') deliver(record);
    });
  }

  /**
   * Installs a kernel filter that can drop strangers' events. The socket must have requested all kinds.
   * @param capacity maximum number of living processes that it can follow
   * @throws SystemError as `LineageFilter.attach`; then nothing is filtered
   */
  filterByLineage(capacity: number): LineageFilter {
    this.lineage ??= LineageFilter.attach(this.fd, capacity);
    return this.lineage;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.lineage?.close();
    // before Linux 6.6 the kernel counts listeners only by these requests, and would go on making events for
    // us
    this.request(encodeRequest(PROC_CN_MCAST_IGNORE, 0));
    closeSync(this.fd);
  }

  /**
   * Requests events. The kernel answers within send(2). Only `ack` identifies our answer: since Linux 6.6 the
   * sequence number of an acknowledgement is the kernel's own, and every listener gets all acknowledgements.
   */
  private listen(kinds: readonly ConnectorEventKind[]): void {
    const ack = randomInt(1, 2 ** 31);
    if (!this.request(encodeRequest(PROC_CN_MCAST_LISTEN, ack))) {
      throw lastError('send', 'ask the proc connector for events');
    }
    const answers: AcknowledgementRecord[] = [];
    this.readRecords((record) => {
      if (record.kind === 'acknowledgement') answers.push(record);
    });
    const answer = answers.find((record) => record.ack === ack + 1);
    if (answer === undefined) {
      throw new NotAcknowledgedError('ask the proc connector for events: the kernel did not answer');
    }
    if (answer.error !== 0) throw systemError('send', answer.error, 'ask the proc connector for events');
    // This filter also drops acknowledgements, so it is requested last. An older kernel ignores it; then only
    // BPF filters.
    if (kinds.length < ALL_CONNECTOR_EVENTS.length)
      this.request(encodeRequest(PROC_CN_MCAST_LISTEN, ack, kinds));
  }

  private request(message: Buffer): boolean {
    return calls().send(this.fd, message, message.length, 0) === message.length;
  }

  /**
   * Reads all messages. After an overflow netlink drops everything until the queue has been read empty, but
   * reports it (ENOBUFS) before the rest of the queue. The loss comes after everything readable, and is
   * reported there.
   */
  private readRecords(deliver: (record: ConnectorRecord) => void): Reading {
    let count = 0;
    let overflowed = false;
    for (;;) {
      const received = this.batch.receive(this.fd);
      if (received === 0) return { count, overflowed };
      if (received === -ENOBUFS) {
        overflowed = true;
        continue;
      }
      if (received < 0) throw systemError('recvmmsg', -received, 'read from the proc connector');
      for (let index = 0; index < received; index++) {
        const record = decodeMessage(this.batch.view, this.batch.offset(index), this.batch.length(index));
        if (typeof record === 'string') this.skipped[record]++;
        else deliver(record);
      }
      count += received;
      // a batch that is not full has reached the end of the queue; an overflow keeps the socket readable, and
      // is found then
      if (received < BATCH) return { count, overflowed };
    }
  }
}

function attachFilter(fd: number, kinds: readonly ConnectorEventKind[]): void {
  const code = buildConnectorFilter(kinds);
  const program = allocatePinned(code.length);
  code.copy(program);
  const descriptor = allocatePinned(SOCK_FPROG_SIZE);
  const view = viewOf(descriptor);
  view.setUint16(0, code.length / 8, HOST_IS_LITTLE_ENDIAN);
  view.setBigUint64(8, addressOf(program), HOST_IS_LITTLE_ENDIAN);
  if (calls().setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, descriptor, SOCK_FPROG_SIZE) !== 0) {
    throw lastError('setsockopt', 'attach a filter to the proc connector');
  }
}

function bindToProcessEvents(fd: number): void {
  const address = allocatePinned(SOCKADDR_NL_SIZE);
  const view = viewOf(address);
  view.setUint16(0, AF_NETLINK, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(SOCKADDR_NL_GROUPS, CN_IDX_PROC, HOST_IS_LITTLE_ENDIAN);
  if (calls().bind(fd, address, SOCKADDR_NL_SIZE) !== 0)
    throw lastError('bind', 'listen to the proc connector');
}

/**
 * Sets the buffer size, above net.core.rmem_max with CAP_NET_ADMIN, up to it without. @returns the size that
 * the kernel has set
 */
function setReceiveBuffer(fd: number, bytes: number): number {
  const { setsockopt, getsockopt } = calls();
  const size = allocatePinned(4);
  const view = viewOf(size);
  view.setInt32(0, bytes, HOST_IS_LITTLE_ENDIAN);
  if (
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) !== 0 &&
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4) !== 0
  ) {
    throw lastError('setsockopt', 'set the receive buffer of the proc connector');
  }
  const length = allocatePinned(4);
  viewOf(length).setUint32(0, 4, HOST_IS_LITTLE_ENDIAN);
  if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, length) !== 0) {
    throw lastError('getsockopt', 'read the size of the receive buffer of the proc connector');
  }
  return view.getInt32(0, HOST_IS_LITTLE_ENDIAN);
}
