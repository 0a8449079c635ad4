import type { Follower } from '../../tracker/model.js';
import { RECORD_ALIVE_AFTER } from '../../tracker/follower/unknown-end.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';

/**
 * Saves a job once more when its main has been up for so long that it cannot be an intermediate process. If foster
 * then crashes and main ends, the next supervisor knows that this was the end of a daemon, not a hand-off.
 */
export class LastSeen {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly followerOf: (job: JobRef) => Pick<Follower, 'tookOver'> | undefined,
    private readonly save: (job: JobRef) => void,
  ) {}

  /** Restarts the timer, since the job has a new main. */
  mainChanged(job: JobRef): void {
    const key = jobKey(job);
    const { afterLaunch, afterHandOff } = RECORD_ALIVE_AFTER;
    const isLauncher = this.followerOf(job)?.tookOver === undefined;
    clearTimeout(this.#timers.get(key));
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.save(job);
      },
      (isLauncher ? afterLaunch : afterHandOff) / 1e6,
    );
    this.#timers.set(key, timer.unref());
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
