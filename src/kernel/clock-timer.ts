/**
 * A timer on the time of day (timerfd_create(2)). It also reports that the clock was set and that the machine
 * resumed from suspension. Node's timers use the monotonic clock and notice neither.
 */

import { closeSync } from 'node:fs';
import { constants } from 'node:os';

import type { DescriptorWatcher, Watch } from './kernel.js';
import { lastError, lazily, libc } from './libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from './pinned-buffer.js';
import { readNow } from './files/read-now.js';
import { SystemError } from './system-error.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    create: declare('int', 'timerfd_create', ['int', 'int']),
    set: declare('int', 'timerfd_settime', ['int', 'int', 'void *', 'void *']),
  };
});

/** <time.h>, <sys/timerfd.h> */
const CLOCK_REALTIME = 0;
const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;

/** struct itimerspec: interval and value, seconds and nanoseconds each */
const TIMER_SPEC_SIZE = 32;
const VALUE = { seconds: 16, nanoseconds: 24 } as const;

/** what read(2) of a timer gives: how often it has expired */
const EXPIRATIONS_SIZE = 8;

export class ClockTimer {
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #spec = allocatePinned(TIMER_SPEC_SIZE);
  readonly #expirations = allocatePinned(EXPIRATIONS_SIZE);

  /**
   * @param fired called at the set time, or when the clock was set; then call `set` again
   * @throws SystemError
   */
  constructor(descriptors: DescriptorWatcher, fired: () => void) {
    this.#fd = calls().create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (this.#fd < 0) throw lastError('timerfd_create', 'make a timer on the time of day');
    this.#watch = descriptors.onReadable(this.#fd, () => {
      if (this.#hasFired()) fired();
    });
    this.#watch.unref();
  }

  /** @param at milliseconds since 1970; a time in the past fires at once. @throws SystemError */
  set(at: number): void {
    const view = viewOf(this.#spec);
    const seconds = Math.floor(at / 1000);
    view.setBigInt64(VALUE.seconds, BigInt(seconds), HOST_IS_LITTLE_ENDIAN);
    view.setBigInt64(VALUE.nanoseconds, BigInt(Math.round(at - seconds * 1000) * 1e6), HOST_IS_LITTLE_ENDIAN);
    const flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    // a change of the clock since the last read also cancels the new setting: it is in force all the same
    if (calls().set(this.#fd, flags, this.#spec, null) !== 0) {
      const error = lastError('timerfd_settime', `set a timer to ${new Date(at).toISOString()}`);
      if (error.errno !== constants.errno.ECANCELED) throw error;
    }
  }

  close(): void {
    this.#watch.dispose();
    closeSync(this.#fd);
  }

  #hasFired(): boolean {
    try {
      return readNow(this.#fd, this.#expirations) !== undefined;
    } catch (error) {
      if (error instanceof SystemError && error.errno === constants.errno.ECANCELED) return true;
      throw error;
    }
  }
}
