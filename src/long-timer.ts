/**
 * Timers of any length. Node's own are limited to 31 bits of milliseconds, 24.8 days, and fire after one
 * millisecond if given more: a timeout of a month would be none at all. Every duration set by a person or a
 * job uses these.
 */

/** Node's longest delay; a later time is approached in such steps. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export interface LongTimer {
  dispose(): void;
  /** It does not keep the program running. */
  unref(): LongTimer;
}

/** @param milliseconds rounded up, so that the timer is never early; Infinity never fires */
export function setLongTimeout(work: () => void, milliseconds: number): LongTimer {
  const due = performance.now() + milliseconds;
  let timer: NodeJS.Timeout | undefined;
  let keepsRunning = true;
  const wait = (): void => {
    const left = Math.max(0, Math.ceil(due - performance.now()));
    timer = setTimeout(left > MAX_TIMEOUT_MS ? wait : work, Math.min(left, MAX_TIMEOUT_MS));
    if (!keepsRunning) timer.unref();
  };
  wait();
  const handle: LongTimer = {
    dispose: () => clearTimeout(timer),
    unref: () => {
      keepsRunning = false;
      timer?.unref();
      return handle;
    },
  };
  return handle;
}

/** Resolves after this time. */
export function longPause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setLongTimeout(resolve, milliseconds));
}
