import { readRegularFile, UnsuitableFileError } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import { PathWatch } from './path-watch.js';

/**
 * The job's user may have put anything in its place. Only the beginning is read, and a link is refused:
 * foster would print the first number of any file that root may read.
 */
const PID_FILE = { limit: 64, beyond: 'cut', links: 'refuse' } as const;

/**
 * `pid file PATH`: a hint that determines main if several processes could be it (DESIGN section 4). foster
 * reads it when a daemon has taken over, and whenever it changes while main is uncertain.
 */
export class PidFileHint {
  #watch: PathWatch | undefined;
  #disbelieved: number | undefined;
  /** why the file was not read last time */
  #refusal: string | undefined;

  /** @param named receives the pid in the file; returns false if it is not trusted */
  constructor(
    readonly path: string,
    private readonly named: (pid: number) => boolean,
    private readonly warn: (text: string) => void,
  ) {}

  /** Reads it now and at every change, until it names a trusted process, or until `stop`. */
  check(): void {
    // naming a process may lead here again
    if (this.#watch !== undefined) return;
    const failed = (error: Error): void => this.warn(`${this.path} cannot be watched: ${error.message}`);
    this.#watch = new PathWatch(this.path, () => this.#read(), failed);
    this.#watch.start();
  }

  stop(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  #read(): void {
    const pid = this.#number();
    if (pid === undefined || pid === this.#disbelieved) return;
    if (this.named(pid)) {
      this.stop();
      return;
    }
    this.#disbelieved = pid;
    this.warn(`${this.path} names process ${pid}, which is none of the job: it is not believed`);
  }

  /** Returns the pid; undefined if there is none (yet). */
  #number(): number | undefined {
    try {
      const pid = pidIn(this.path);
      this.#refusal = undefined;
      return pid;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // a missing or unreadable file decides nothing; another kind of file in its place is worth a warning
      if (error instanceof UnsuitableFileError && error.message !== this.#refusal)
        this.warn(`${error.message}: it settles nothing`);
      this.#refusal = error.message;
      return undefined;
    }
  }
}

/**
 * Returns undefined if the file does not begin with a number; postgres writes more below it.
 * @throws SystemError
 */
export function pidIn(path: string): number | undefined {
  const text = readRegularFile(path, PID_FILE).toString('latin1');
  const pid = Number(/^\s*([0-9]{1,10})\s/.exec(`${text}\n`)?.[1]);
  return pid > 0 ? pid : undefined;
}
