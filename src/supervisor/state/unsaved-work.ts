/**
 * Retries what could not be written to the run directory: after a while, on SIGHUP, and whenever another write has
 * succeeded.
 */
import { withSpareDescriptors } from '../../kernel/files/descriptor-reserve.js';
import type { Milliseconds } from '../core/contract.js';
import type { Report } from '../log/log.js';
import { RunDirectoryError } from './run-directory.js';
import { isCodedError } from '../../kernel/errno.js';

/** The first pause; each following one is twice as long. */
const FIRST_DELAY_MS = 500;
/** The longest pause. More attempts do not free a full disk, and a person who has freed it can wait this long. */
const MAX_DELAY_MS = 30_000;

interface UnsavedWorkOptions {
  /** the run directory, for messages */
  readonly path: string;
  readonly report: Report;
  readonly setTimer?: (fire: () => void, after: Milliseconds) => NodeJS.Timeout;
}

/** A write. @throws errors of system calls */
type Work = () => void;

export class UnsavedWork {
  readonly #waiting = new Map<string, Work>();
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_DELAY_MS;
  /** whether a problem has been reported */
  #reported = false;
  #closed = false;
  #retryAll = (): void => this.retry();

  constructor(private readonly options: UnsavedWorkOptions) {}

  /** Tests whether everything has been written. */
  get isDone(): boolean {
    return this.#waiting.size === 0;
  }

  /**
   * Does the work now. If a system call fails, reports the problem once and retries later.
   * @param name replaces waiting work of the same name
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
        `${path}: ${problem.message}. Jobs keep running, and foster keeps their state in memory and tries again; until it succeeds, a crash of foster loses it`,
      );
      // perhaps something is missing and can be recreated
      setImmediate(() => this.#retryAll());
    }
    this.#schedule();
    return false;
  }

  /** Sets what the timer calls instead of `retry`; it must call `retry` itself. */
  onTimer(look: () => void): void {
    this.#retryAll = look;
  }

  /** Retries all waiting work. */
  retry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [name, work] of [...this.#waiting]) this.attempt(name, work);
  }

  /** Retries a last time. */
  close(): void {
    this.#closed = true;
    this.retry();
    clearTimeout(this.#timer);
  }

  #finish(): void {
    if (!this.isDone) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pause = FIRST_DELAY_MS;
    this.#reported = false;
    this.options.report('info', `${this.options.path}: everything is saved again`);
  }

  /** Starts the timer, which runs only while something waits. */
  #schedule(): void {
    if (this.#timer !== undefined || this.#closed) return;
    const { setTimer = setTimeout } = this.options;
    this.#timer = setTimer(() => {
      this.#timer = undefined;
      this.#pause = Math.min(2 * this.#pause, MAX_DELAY_MS);
      this.#retryAll();
    }, this.#pause);
    this.#timer.unref();
  }
}

/** Returns the error of a system call; throws any other error, which is a bug of foster. */
function failureOf(work: Work): Error | undefined {
  try {
    withSpareDescriptors(work);
    return undefined;
  } catch (error) {
    if (error instanceof RunDirectoryError || isCodedError(error)) return error;
    throw error;
  }
}
