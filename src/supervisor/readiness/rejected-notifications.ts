/** Logs refused notices: the first one immediately, after that at most one line a minute. */
import { setLongTimeout, type LongTimer } from '../../long-timer.js';
import type { Report } from '../log/log.js';
import type { Sender } from './notification-limits.js';

const MINUTE_MS = 60_000;

export class RejectedNotifications {
  /** runs for a minute after each line */
  #timer: LongTimer | undefined;
  #count = 0;
  #latest = '';
  readonly #senders = new Set<number>();

  constructor(
    private readonly report: Report,
    private readonly pause = MINUTE_MS,
  ) {}

  /** @param why completes a sentence that starts with the sender: `it belongs to no job` */
  note({ pid, uid }: Sender, why: string): void {
    const latest = `process ${pid} of user ${uid}: ${why}`;
    if (this.#timer === undefined) {
      this.report('warn', `A notice was refused, of ${latest}`);
      this.#wait();
      return;
    }
    this.#count += 1;
    this.#latest = latest;
    // a number for the summary, not a list, which a flood would make long
    if (this.#senders.size < 1000) this.#senders.add(pid);
  }

  close(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = setLongTimeout(() => this.#summarise(), this.pause);
    this.#timer.unref();
  }

  #summarise(): void {
    this.#timer = undefined;
    if (this.#count === 0) return;
    const many = this.#senders.size >= 1000 ? '1000 or more' : String(this.#senders.size);
    this.report(
      'warn',
      `${this.#count} notices of ${many} processes were refused in the last minute; the latest of ${this.#latest}`,
    );
    this.#count = 0;
    this.#senders.clear();
    this.#wait();
  }
}
