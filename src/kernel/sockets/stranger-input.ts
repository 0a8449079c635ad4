/**
 * What a stranger sends over a connection. With the bytes may come descriptors, which the kernel closes when they are
 * read by read(2) or never. It does so in foster's own thread, and that may wait for as long as the stranger likes
 * (files/close-foreign.ts). Linux 6.16 can refuse them; before, they have to be received, to be closed elsewhere.
 */
import { closeSync } from 'node:fs';
import { closeForeign } from '../files/close-foreign.js';
import type { DescriptorWatcher, Watch } from '../kernel.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { SystemError } from '../system-error.js';
import { MessageReceiver } from './message-receiver.js';
import { SOL_SOCKET } from './unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    setsockopt: declare('int', 'setsockopt', ['int', 'int', 'int', 'void *', 'unsigned int']),
    shutdown: declare('int', 'shutdown', ['int', 'int']),
    fcntl: declare('int', 'fcntl', ['int', 'int', 'long']),
  };
});

/** <asm-generic/socket.h>: new in Linux 6.16 */
const SO_PASSRIGHTS = 83;
/** <bits/socket.h> */
const SHUT_RDWR = 2;
/** <asm-generic/fcntl.h> */
const F_DUPFD_CLOEXEC = 1030;

/** As much as libuv reads at once. */
const MOST_BYTES = 64 * 1024;
/** Messages read at once; then other connections have their turn. */
const MOST_MESSAGES = 32;

const receiver = lazily(() => new MessageReceiver(MOST_BYTES));

/**
 * Has the kernel refuse descriptors that are sent to this socket, or to the connections of this listening socket.
 * @returns false if it cannot
 */
export function refuseDescriptors(fd: number): boolean {
  const off = allocatePinned(4);
  viewOf(off).setInt32(0, 0, HOST_IS_LITTLE_ENDIAN);
  return calls().setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, off, off.length) === 0;
}

/** Closes a connection of which nothing, or not everything, has been read. */
export function closeConnection(fd: number): void {
  // the other end can send no more
  calls().shutdown(fd, SHUT_RDWR);
  for (;;) {
    const message = received(fd);
    if (message === undefined) break;
    message.descriptors.forEach(closeForeign);
    if (message.bytes.length === 0) break;
  }
  closeSync(fd);
}

export interface InputHandlers {
  /** @param bytes the handler's own */
  readonly received: (bytes: Buffer) => void;
  /** nothing more will come */
  readonly ended: () => void;
}

export class StrangerInput {
  readonly #fd: number;
  readonly #watch: Watch;
  #state: 'reading' | 'paused' | 'ended' = 'reading';
  #isDisposed = false;

  /**
   * @param connection another descriptor of it is read, since libuv allows one watch for each
   * @throws SystemError (EMFILE)
   */
  constructor(
    connection: number,
    watcher: DescriptorWatcher,
    private readonly handlers: InputHandlers,
  ) {
    this.#fd = calls().fcntl(connection, F_DUPFD_CLOEXEC, 0);
    if (this.#fd < 0) throw lastError('fcntl', `duplicate descriptor ${connection}`);
    this.#watch = watcher.onReadable(this.#fd, () => this.#read());
  }

  pause(): void {
    if (this.#state !== 'reading') return;
    this.#state = 'paused';
    this.#watch.pause();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'reading';
    this.#watch.resume();
  }

  /** Must be called when the connection is closed. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#state = 'ended';
    this.#watch.dispose();
    closeConnection(this.#fd);
  }

  #read(): void {
    for (let count = 0; count < MOST_MESSAGES && this.#state === 'reading'; count += 1) {
      const message = received(this.#fd);
      if (message === undefined) return;
      message.descriptors.forEach(closeForeign);
      if (message.bytes.length === 0) return this.#end();
      this.handlers.received(Buffer.from(message.bytes));
    }
  }

  #end(): void {
    this.#state = 'ended';
    this.#watch.dispose();
    this.handlers.ended();
  }
}

/** Returns the next message; one without bytes at the end, or if the connection has broken. */
function received(
  fd: number,
): { readonly bytes: Buffer; readonly descriptors: readonly number[] } | undefined {
  try {
    return receiver().receive(fd, 'a connection');
  } catch (error) {
    // ECONNRESET: the client has closed it without reading its answer
    if (!(error instanceof SystemError)) throw error;
    return { bytes: Buffer.alloc(0), descriptors: [] };
  }
}
