import { PathWatch, statOf } from './path-watch.js';
import type { OnReady, ReadinessCheck } from './readiness-check.js';

/** Interval if inotify is used up, in milliseconds; only until the start timeout. */
const POLL_INTERVAL_MS = 250;

/** File times may lag behind by one kernel tick, 10 ms at most. */
const CLOCK_RESOLUTION_MS = 10;

/**
 * `ready path PATH`: the file has been created. A file from an earlier run, such as a socket after a crash,
 * does not count until it is replaced or changed.
 */
export class PathCheck implements ReadinessCheck {
  readonly #before: string | undefined;
  #watch: PathWatch | undefined;
  #looking: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string,
    private readonly seen: OnReady,
    private readonly warn: (text: string) => void,
    /** when main was started, in milliseconds since 1970; undefined: just now */
    mainSince?: number,
  ) {
    const isMade = Number(statOf(path)?.ctimeMs ?? 0) > (mainSince ?? Infinity) - CLOCK_RESOLUTION_MS;
    this.#before = isMade ? undefined : identityOf(path);
  }

  start(): void {
    const failed = (error: Error): void => {
      this.warn(`${this.path} cannot be watched, and is looked for again and again: ${error.message}`);
      this.#looking = setInterval(() => this.#look(), POLL_INTERVAL_MS);
      this.#looking.unref();
    };
    this.#watch = new PathWatch(this.path, () => this.#look(), failed);
    this.#watch.start();
  }

  dispose(): void {
    this.#watch?.close();
    clearInterval(this.#looking);
  }

  #look(): void {
    const now = identityOf(this.path);
    if (now !== undefined && now !== this.#before) this.seen();
  }
}

/** Identifies a file. A re-created file may get the same inode, but then its change time differs. */
function identityOf(path: string): string | undefined {
  const stat = statOf(path);
  return stat && `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}
