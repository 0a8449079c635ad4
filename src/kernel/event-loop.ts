/**
 * Watches kernel descriptors (netlink sockets, pidfds, perf rings) in Node's own event loop, with libuv's
 * uv_poll, level triggered. `koffi.node.poll` owns the uv_poll_t and frees it in the close callback, as libuv
 * demands.
 *
 * libuv calls us outside Node's own callback scope, which has two consequences to work around (both
 * observed). An exception in such a callback vanishes and may stop all later calls. Promises resolved in it
 * run only after some other Node callback.
 */

import type * as Koffi from 'koffi';

import type { DescriptorWatcher, Watch } from './kernel.js';
import { libc } from './libc.js';

/** Handles an exception thrown by a callback from the event loop. */
export type FatalHandler = (error: unknown) => void;

/** Rethrows outside the native callback, where `process.on('uncaughtException')` sees it. */
export const rethrowOutside: FatalHandler = (error) => {
  setImmediate(() => {
    throw error;
  });
};

/** Milliseconds after which a descriptor is watched again after its callback has failed. */
const FAILURE_PAUSE = 100;

/**
 * Runs in the check phase right after the callback; when it returns, Node runs queued promises and
 * process.nextTick.
 */
const runQueuedPromises = (): void => undefined;

export class EventLoop implements DescriptorWatcher {
  constructor(private readonly onFatal: FatalHandler = rethrowOutside) {}

  /**
   * @param fd not yet watched (libuv allows one watch per descriptor); dispose of the watch before closing it
   * @throws Error if libuv refuses the descriptor
   */
  onReadable(fd: number, callback: () => void): Watch {
    return new DescriptorWatch(fd, READABLE, callback, this.onFatal);
  }

  onException(fd: number, callback: () => void): Watch {
    return new DescriptorWatch(fd, EXCEPTION, callback, this.onFatal);
  }
}

const READABLE: Koffi.node.PollOptions = { readable: true };

/**
 * epoll always reports errors, but libuv needs at least one event; a regular file never reports a hang-up.
 */
const EXCEPTION: Koffi.node.PollOptions = { disconnect: true };

/**
 * Undisposed watches. At exit, Node runs its loop once more, without JavaScript: a readable descriptor would
 * then make koffi call a dead callback, which aborts the program (observed: exit status 134).
 */
const living = new Set<Watch>();

process.once('exit', () => {
  for (const watch of living) watch.dispose();
});

class DescriptorWatch implements Watch {
  private state: 'watching' | 'paused' | 'disposed' = 'watching';
  private readonly handle: Koffi.node.PollHandle;
  /** after a failure */
  private rest: NodeJS.Timeout | undefined;

  constructor(
    fd: number,
    private readonly wanted: Koffi.node.PollOptions,
    private readonly callback: () => void,
    private readonly onFatal: FatalHandler,
  ) {
    this.handle = libc().koffi.node.poll(fd, wanted, this.onEvent);
    living.add(this);
  }

  /** koffi passes libuv's status first, although its types do not declare it. */
  private readonly onEvent = (status: unknown): void => {
    try {
      this.callback();
      // a pending socket error (ENOBUFS of a netlink socket), or an exceptional condition, raises POLLERR, on
      // which libuv stops watching
      if (typeof status === 'number' && status < 0) this.startAgain();
    } catch (error) {
      this.restAfterFailure();
      this.onFatal(error);
    }
    setImmediate(runQueuedPromises);
  };

  /**
   * Pauses after a failure. Unread data is reported again at once: a callback that always fails would use the
   * whole processor.
   */
  private restAfterFailure(): void {
    if (this.state !== 'watching') return;
    this.handle.stop();
    this.rest ??= setTimeout(() => {
      this.rest = undefined;
      this.startAgain();
    }, FAILURE_PAUSE);
  }

  private startAgain(): void {
    if (this.state === 'watching' && this.rest === undefined) this.handle.start(this.wanted, this.onEvent);
  }

  pause(): void {
    if (this.state !== 'watching') return;
    this.handle.stop();
    this.state = 'paused';
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'watching';
    this.startAgain();
  }

  ref(): void {
    if (this.state !== 'disposed') this.handle.ref();
  }

  unref(): void {
    if (this.state !== 'disposed') this.handle.unref();
  }

  dispose(): void {
    if (this.state === 'disposed') return;
    this.state = 'disposed';
    living.delete(this);
    clearTimeout(this.rest);
    this.handle.close();
  }
}
