import { lazily, libc } from '../libc.js';

const calls = lazily(() => ({ exitNow: libc().declare('void', '_exit', ['int']) }));

/**
 * Ends this program at once, whatever is still open or has failed. Node alone exits only when nothing is left
 * to do: a watch that keeps failing would keep PID 1, and with it the container, for ever.
 */
export function endProcess(status: number): never {
  try {
    process.exit(status);
  } finally {
    // a listener of `exit` has thrown
    calls().exitNow(status);
  }
}
