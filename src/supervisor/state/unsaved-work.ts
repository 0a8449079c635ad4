/**
 * What could not be written to the run directory. It stays in memory and is tried again until it is written: after a while,
 * when a signal asks for it, and whenever something else could be written.
 */
import { withSpareDescriptors } from '../../kernel/files/descriptor-reserve.js';
import type { Milliseconds } from '../core/contract.js';
import type { Report } from '../log/log.js';
import { RunDirectoryError } from './run-directory.js';

/** The first pause; each is twice as long as the one before. */
const FIRST_PAUSE_MS = 500;
/** A full disk is not emptied faster by trying more often; and a person who has emptied it can wait for so long. */
const LONGEST_PAUSE_MS = 30_000;

export interface UnsavedWorkOptions {
  /** what cannot be written, for messages */
  readonly path: string;
  readonly report: Report;
  readonly setTimer?: (fire: () => void, after: Milliseconds) => NodeJS.Timeout;
}

/** Does a piece of work. @throws errors of system calls */
type Work = () => void;

export class UnsavedWork {
  readonly #waiting = new Map<string, Work>();
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE_MS;
  /** it has been reported that something cannot be written */
  #reported = false;
  #closed = false;
  #look = (): void => this.retry();

  constructor(private readonly options: UnsavedWorkOptions) {}

  /** Whether everything is written. */
  get isDone(): boolean {
    return this.#waiting.size === 0;
  }

  /**
   * Does this now, or later where a system call fails: the trouble is reported once.
   * @param name work of the same name that waits is replaced
   * @returns whether it was done
   */
  attempt(name: string, work: Work): boolean {
    const problem = failureOf(work);
    if (problem === undefined) {
      this.#waiting.delete(name);
      if (this.#reported) this.#finish();
      return true;
    }
    this.#waiting.set(name, work);
    if (!this.#reported) {
      this.#reported = true;
      const { path, report } = this.options;
      report(
        'error',
        `${path}: ${problem.message}. Jobs run on, and their state is kept in memory; it is saved as soon as that is possible. Until then, a crash of foster loses it`,
      );
      // perhaps something is missing, and can be made again
      setImmediate(() => this.#look());
    }
    this.#schedule();
    return false;
  }

  /** From now on, this is done instead of `retry` when the time has come; it is to call `retry`. */
  onTimer(look: () => void): void {
    this.#look = look;
  }

  /** Tries everything that waits. */
  retry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [name, work] of [...this.#waiting]) this.attempt(name, work);
  }

  /** Tries for the last time; there will be no other. */
  close(): void {
    this.#closed = true;
    this.retry();
    clearTimeout(this.#timer);
  }

  #finish(): void {
    if (!this.isDone) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pause = FIRST_PAUSE_MS;
    this.#reported = false;
    this.options.report('info', `${this.options.path}: everything is saved again`);
  }

  /** Nothing ticks while everything is saved. */
  #schedule(): void {
    if (this.#timer !== undefined || this.#closed) return;
    const { setTimer = setTimeout } = this.options;
    this.#timer = setTimer(() => {
      this.#timer = undefined;
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
      this.#look();
    }, this.#pause);
    this.#timer.unref();
  }
}

/** Returns the error of a system call; whatever else is thrown is a fault of foster's own. */
function failureOf(work: Work): Error | undefined {
  try {
    withSpareDescriptors(work);
    return undefined;
  } catch (error) {
    if (error instanceof RunDirectoryError || (error instanceof Error && 'code' in error)) return error;
    throw error;
  }
}
