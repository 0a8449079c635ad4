import { readRegularFile, UnsuitableFileError } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import { PathWatch } from './path-watch.js';

/**
 * The job's user may have put anything in its place. Only the beginning counts, and a link is refused: it would make foster
 * print the first number of any file that root may read.
 */
const PID_FILE = { limit: 64, beyond: 'cut', links: 'refuse' } as const;

/**
 * `pid file PATH`: a hint that settles which process is main where several could be (DESIGN section 4). It is looked at
 * when a daemon has taken over, and whenever it changes while that is uncertain.
 */
export class PidFileHint {
  #watch: PathWatch | undefined;
  #disbelieved: number | undefined;
  /** why the file was not read last time */
  #refusal: string | undefined;

  /**
   * @param named takes the pid that the file names; false when it is not to be believed
   */
  constructor(
    readonly path: string,
    private readonly named: (pid: number) => boolean,
    private readonly warn: (text: string) => void,
  ) {}

  /** Looks now and at every change, until the file has named a process that is believed, or until `rest`. */
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

  /** Undefined where there is none (yet). */
  #number(): number | undefined {
    try {
      const pid = pidIn(this.path);
      this.#refusal = undefined;
      return pid;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // a file that is missing, or not for us to read, settles nothing; something else in its place is worth a word
      if (error instanceof UnsuitableFileError && error.message !== this.#refusal)
        this.warn(`${error.message}: it settles nothing`);
      this.#refusal = error.message;
      return undefined;
    }
  }
}

/**
 * Undefined where the file does not begin with a number; postgres writes more below it.
 * @throws SystemError
 */
export function pidIn(path: string): number | undefined {
  const text = readRegularFile(path, PID_FILE).toString('latin1');
  const pid = Number(/^\s*([0-9]{1,10})\s/.exec(`${text}\n`)?.[1]);
  return pid > 0 ? pid : undefined;
}
