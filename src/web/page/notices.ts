/** Shows results of actions and changes of jobs, also to screen readers. */
import { button, byId, h, setText } from './dom.js';

/** Milliseconds for which a success is shown. */
const BRIEFLY = 6000;
/** Changes within this time are announced together. */
const TOGETHER = 1000;

export class Notices {
  readonly #list = byId('notices', HTMLDivElement);
  readonly #spoken = byId('spoken', HTMLDivElement);
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Shows a message until it is dismissed; a success disappears after a moment. */
  show(message: string, tone: 'good' | 'bad', output: readonly string[] = []): void {
    const notice = h('div', { class: 'notice', 'data-tone': tone }, h('p', {}, message));
    if (output.length > 0) notice.append(h('pre', { tabindex: 0 }, output.join('\n')));
    const dismiss = button('Dismiss', { class: 'quiet' }, () => notice.remove());
    notice.append(dismiss);
    this.#list.append(notice);
    if (tone === 'good') setTimeout(() => notice.remove(), BRIEFLY);
  }

  /** Announces text to screen readers only. */
  say(text: string): void {
    this.#waiting.push(text);
    this.#timer ??= setTimeout(() => {
      const [all, more] = [this.#waiting.slice(0, 5), this.#waiting.length - 5];
      this.#waiting = [];
      this.#timer = undefined;
      setText(this.#spoken, `${all.join('. ')}${more > 0 ? `, and ${more} other changes` : ''}`);
    }, TOGETHER);
  }
}
