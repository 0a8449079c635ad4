import { PathWatch, statOf } from './path-watch.js';
import type { Seen, Sign } from './sign.js';

/**
 * `ready path PATH`: the file has been made. One that an earlier run has left, a socket after a crash for instance, says
 * nothing until it is replaced or changed.
 */
export class PathSign implements Sign {
  readonly #before: string | undefined;
  #watch: PathWatch | undefined;

  constructor(
    private readonly path: string,
    private readonly seen: Seen,
    private readonly warn: (text: string) => void,
  ) {
    this.#before = identityOf(path);
  }

  begin(): void {
    let over = false;
    const look = (): void => {
      const now = identityOf(this.path);
      if (over || now === undefined || now === this.#before) return;
      over = true;
      this.seen();
    };
    const failed = (error: Error): void => this.warn(`${this.path} cannot be watched: ${error.message}`);
    try {
      this.#watch = new PathWatch(this.path, look, failed);
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  dispose(): void {
    this.#watch?.close();
  }
}

/** A file that is made anew may get the same inode; its time of change is another one then. */
function identityOf(path: string): string | undefined {
  const stat = statOf(path);
  return stat && `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}
