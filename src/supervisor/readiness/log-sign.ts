import { compilePattern, type Pattern } from '../../jobfile/pattern.js';
import type { Disposable } from '../../kernel/kernel.js';
import type { Seen, Sign } from './sign.js';

/** `ready log RE`: a line of the job's output matches. */
export class LogSign implements Sign {
  readonly #pattern: Pattern;
  #listening: Disposable | undefined;

  /** @param onLine undefined where the job has no output that foster reads */
  constructor(
    pattern: string,
    private readonly onLine: (listener: (line: string) => void) => Disposable | undefined,
    private readonly seen: Seen,
    private readonly warn: (text: string) => void,
  ) {
    this.#pattern = compilePattern(pattern);
  }

  begin(): void {
    this.#listening = this.onLine((line) => {
      if (this.#pattern.test(line)) this.seen();
    });
    if (this.#listening === undefined)
      this.warn('`ready log` waits in vain: foster does not read its output');
  }

  dispose(): void {
    this.#listening?.dispose();
  }
}
