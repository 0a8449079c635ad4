/**
 * Receives signals that `process.on` silently ignores: the real-time ones (SIGRTMIN+3 asks a container to
 * shut down). Uses libuv's uv_signal, whose handler may run on any thread.
 *
 * A signalfd does not work here: the signal would have to be blocked in every thread, and V8's threads exist
 * before the program's first statement. One of them would get the signal and the process would die
 * (observed).
 */

import type * as Koffi from 'koffi';

import { systemError } from '../errno.js';
import { rethrowOutside, type FatalHandler } from '../event-loop.js';
import type { Disposable } from '../kernel.js';
import { lazily, libc } from '../libc.js';
import { signalName } from './signals.js';

/** enum uv_handle_type of <uv.h>, stable since libuv 1.0 */
const UV_SIGNAL = 16;

const libuv = lazily(() => {
  const { declare, koffi } = libc();
  koffi.proto('void foster_uv_signal_cb(void *handle, int signal)');
  koffi.proto('void foster_uv_close_cb(void *handle)');
  return {
    defaultLoop: declare('void *', 'uv_default_loop', []),
    handleSize: declare('uint64_t', 'uv_handle_size', ['int']),
    signalInit: declare('int', 'uv_signal_init', ['void *', 'void *']),
    signalStart: declare('int', 'uv_signal_start', ['void *', 'void *', 'int']),
    unref: declare('void', 'uv_unref', ['void *']),
    close: declare('void', 'uv_close', ['void *', 'void *']),
  };
});

/**
 * Calls back from the event loop, on the main thread, for each delivery of `signal`. Like `process.on`, it
 * does not keep the program running. Call it only on the main thread.
 * @throws SystemError EINVAL for a number that cannot be caught
 */
export function onRealTimeSignal(
  signal: number,
  callback: () => void,
  onFatal: FatalHandler = rethrowOutside,
): Disposable {
  const { koffi } = libc();
  const uv = libuv();
  const handle = koffi.alloc('uint8_t', uv.handleSize(UV_SIGNAL)) as bigint;
  const guarded = (): void => {
    try {
      callback();
    } catch (error) {
      onFatal(error);
    }
    // runs queued promises: libuv calls us outside Node's callback scope
    setImmediate(() => undefined);
  };
  const registered = koffi.register(guarded, 'foster_uv_signal_cb *');
  uv.signalInit(uv.defaultLoop(), handle);
  const result = uv.signalStart(handle, registered, signal);
  uv.unref(handle);
  const watch = { dispose: once(() => closeHandle(koffi, handle, registered)) };
  if (result < 0) {
    watch.dispose();
    throw systemError('uv_signal_start', -result, `catch signal ${signalName(signal)}`);
  }
  return watch;
}

/**
 * Closes the handle. libuv writes to it until it has called the close callback: only then may the memory be
 * freed.
 */
function closeHandle(koffi: typeof Koffi, handle: bigint, signalCallback: bigint): void {
  const closed = koffi.register(() => {
    // a callback cannot be unregistered while it runs
    setImmediate(() => {
      koffi.unregister(signalCallback);
      koffi.unregister(closed);
      koffi.free(handle);
    });
  }, 'foster_uv_close_cb *');
  libuv().close(handle, closed);
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
