/**
 * Kernel descriptors (netlink sockets, pidfds, perf rings) in Node's own event loop, by libuv's uv_poll, level triggered.
 * `koffi.node.poll` owns the uv_poll_t and frees it in the close callback, as libuv demands.
 *
 * Two things are ours to mend, since libuv calls us outside of Node's own callback scope (both were tried):
 * an exception in such a callback vanishes and may end all later calls, and promises resolved in it run only when some
 * other callback of Node's happens to come by.
 */

import type * as Koffi from 'koffi';

import type { DescriptorWatcher, Watch } from './kernel.js';
import { libc } from './libc.js';

/** What becomes of an exception that a callback from the event loop threw. */
export type FatalHandler = (error: unknown) => void;

/** Throws outside of the native callback, where `process.on('uncaughtException')` sees it. */
export const rethrowOutside: FatalHandler = (error) => {
  setImmediate(() => {
    throw error;
  });
};

/** Milliseconds after which a descriptor whose callback has failed is looked at again. */
const FAILURE_PAUSE = 100;

/** Runs in the check phase right after; that it returns makes Node run what promises and process.nextTick have queued. */
const runQueuedPromises = (): void => undefined;

export class EventLoop implements DescriptorWatcher {
  constructor(private readonly onFatal: FatalHandler = rethrowOutside) {}

  /**
   * @param fd not watched already (libuv allows one watch a descriptor); dispose of the watch before closing it
   * @throws Error when libuv refuses the descriptor
   */
  onReadable(fd: number, callback: () => void): Watch {
    return new DescriptorWatch(fd, READABLE, callback, this.onFatal);
  }

  onException(fd: number, callback: () => void): Watch {
    return new DescriptorWatch(fd, EXCEPTION, callback, this.onFatal);
  }
}

const READABLE: Koffi.node.PollOptions = { readable: true };

/** epoll reports errors unasked; libuv wants to be asked for something, and a file has no peer to hang up. */
const EXCEPTION: Koffi.node.PollOptions = { disconnect: true };

/**
 * Watches that have not been disposed of. Node ends by running its loop once more, without JavaScript: a descriptor that is
 * readable then would have koffi call into nothing, which aborts the program (tried: exit status 134).
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

  /** koffi passes libuv's status first, although its types do not say so. */
  private readonly onEvent = (status: unknown): void => {
    try {
      this.callback();
      // A pending socket error (ENOBUFS of a netlink socket), or an exceptional condition, raises POLLERR, on which libuv gives up watching.
      if (typeof status === 'number' && status < 0) this.startAgain();
    } catch (error) {
      this.restAfterFailure();
      this.onFatal(error);
    }
    setImmediate(runQueuedPromises);
  };

  /** What has not been read is there at once again: a callback that fails each time would take all of the processor's time. */
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
