import { PathWatch, statOf } from './path-watch.js';
import type { OnReady, ReadinessCheck } from './readiness-check.js';

/** Where inotify is used up, in milliseconds; no longer than the start timeout. */
const POLL_INTERVAL_MS = 250;

/** The times of files may lag behind by one tick of the kernel, 10 ms at most. */
const CLOCK_RESOLUTION_MS = 10;

/**
 * `ready path PATH`: the file has been made. One that an earlier run has left, a socket after a crash for instance, says
 * nothing until it is replaced or changed.
 */
export class PathCheck implements ReadinessCheck {
  readonly #before: string | undefined;
  #watch: PathWatch | undefined;
  #looking: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string,
    private readonly seen: OnReady,
    private readonly warn: (text: string) => void,
    /** when main was started, in milliseconds since 1970, where that is not just now */
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

/** A file that is made anew may get the same inode; its time of change is another one then. */
function identityOf(path: string): string | undefined {
  const stat = statOf(path);
  return stat && `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}
