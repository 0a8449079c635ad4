import { compilePattern, type Pattern } from '../../jobfile/pattern.js';
import type { LineFeed } from '../output/line-splitter.js';
import type { OnReady, ReadinessCheck } from './readiness-check.js';

/**
 * Maximum milliseconds per turn of the event loop for matching lines. Typical patterns need some
 * microseconds.
 */
const MAX_TURN_MS = 10;

/**
 * `ready log RE`: a line of the job's output matches. A slow pattern blocks only a job that writes fast, and
 * no other.
 */
export class LogCheck implements ReadinessCheck {
  readonly #pattern: Pattern;
  #feed: LineFeed | undefined;
  /** lines not yet matched */
  #waiting: string[] = [];
  #spent = 0;
  #turn: NodeJS.Immediate | undefined;

  /** @param onLine undefined if foster does not read the job's output */
  constructor(
    pattern: string,
    private readonly onLine: (listener: (line: string) => void) => LineFeed | undefined,
    private readonly seen: OnReady,
    private readonly warn: (text: string) => void,
  ) {
    this.#pattern = compilePattern(pattern);
  }

  start(): void {
    this.#feed = this.onLine((line) => {
      if (this.#spent < MAX_TURN_MS && this.#waiting.length === 0) this.#look(line);
      else this.#waiting.push(line);
    });
    if (this.#feed === undefined) this.warn('`ready log` waits in vain: foster does not read its output');
  }

  dispose(): void {
    this.#feed?.dispose();
    clearImmediate(this.#turn);
    this.#waiting = [];
  }

  #look(line: string): void {
    const began = performance.now();
    const matches = this.#pattern.test(line);
    this.#spent += performance.now() - began;
    this.#turn ??= setImmediate(() => this.#nextTurn());
    if (matches) this.seen();
    else if (this.#spent >= MAX_TURN_MS) this.#feed?.pause();
  }

  #nextTurn(): void {
    this.#turn = undefined;
    this.#spent = 0;
    const lines = this.#waiting;
    this.#waiting = [];
    for (const [index, line] of lines.entries()) {
      this.#look(line);
      if (this.#spent < MAX_TURN_MS) continue;
      this.#waiting = [...lines.slice(index + 1), ...this.#waiting];
      return;
    }
    this.#feed?.resume();
  }
}
