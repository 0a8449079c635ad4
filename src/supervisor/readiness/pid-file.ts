import { readFileSync } from 'node:fs';
import { PathWatch } from './path-watch.js';

/**
 * `pid file PATH`: a hint that settles which process is main where several could be (DESIGN section 4). It is looked at
 * when a daemon has taken over, and whenever it changes while that is uncertain.
 */
export class PidFileHint {
  #watch: PathWatch | undefined;
  #disbelieved: number | undefined;

  /**
   * @param named takes the pid that the file names; false when it is not to be believed
   */
  constructor(
    readonly path: string,
    private readonly named: (pid: number) => boolean,
    private readonly warn: (text: string) => void,
  ) {}

  /** Looks now and at every change, until the file has named a process that is believed, or until `rest`. */
  look(): void {
    // naming a process may lead here again
    if (this.#watch !== undefined) return;
    const failed = (error: Error): void => this.warn(`${this.path} cannot be watched: ${error.message}`);
    this.#watch = new PathWatch(this.path, () => this.#read(), failed);
    this.#watch.start();
  }

  rest(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  #read(): void {
    const pid = pidIn(this.path);
    if (pid === undefined || pid === this.#disbelieved) return;
    if (this.named(pid)) {
      this.rest();
      return;
    }
    this.#disbelieved = pid;
    this.warn(`${this.path} names process ${pid}, which is none of the job: it is not believed`);
  }
}

/** The number at the beginning of the file; postgres writes more below it. Undefined where there is none (yet). */
function pidIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1');
    const pid = Number(/^\s*([0-9]{1,10})\s/.exec(`${text}\n`)?.[1]);
    return pid > 0 ? pid : undefined;
  } catch (error) {
    // not there (yet), or not for us to read: then it settles nothing
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
