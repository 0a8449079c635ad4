import type { Follower } from '../../tracker/model.js';
import { WORTH_RECORDING } from '../../tracker/follower/unknown-end.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';

/**
 * Has a job saved once more when its main has stood for long enough to be no intermediate any more. Were foster to crash, and
 * main to end, the next foster could not tell a hand-off from the death of a daemon otherwise.
 */
export class LastSeen {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly followerOf: (job: JobRef) => Pick<Follower, 'tookOver'> | undefined,
    private readonly save: (job: JobRef) => void,
  ) {}

  /** Main of the job is another process from now on. */
  mainChanged(job: JobRef): void {
    const key = jobKey(job);
    const { afterLaunch, afterHandOff } = WORTH_RECORDING;
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
