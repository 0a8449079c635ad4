/** Shows a job's log: its last lines, new lines, and the results of a search. */
import type { LogLine, LogSearch } from '../wire.js';
import { describe } from './connection.js';
import { byId, h, setText, show } from './dom.js';
import { clock, count } from './format.js';

/** The most lines that the page keeps: more would slow the browser down. */
const MOST_LINES = 2000;

interface LogViewOptions {
  readonly search: (text: string, isPattern: boolean) => Promise<LogSearch>;
  readonly now: () => number;
}

export class LogView {
  readonly #box = byId('log', HTMLDivElement);
  readonly #follow = byId('log-follow', HTMLInputElement);
  readonly #form = byId('log-form', HTMLFormElement);
  readonly #text = byId('log-text', HTMLInputElement);
  readonly #isPattern = byId('log-pattern', HTMLInputElement);
  readonly #clear = byId('log-clear', HTMLButtonElement);
  readonly #status = byId('log-status', HTMLParagraphElement);
  /** the last lines, for the return from a search */
  #lines: readonly LogLine[] = [];
  #searched: string | undefined;
  /** grows with each search, so that answers to earlier ones are ignored */
  #search = 0;

  constructor(private readonly options: LogViewOptions) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#find().catch((error: unknown) => setText(this.#status, describe(error)));
    });
    this.#clear.addEventListener('click', () => {
      this.#text.value = '';
      this.#showTail();
      this.#text.focus();
    });
    this.#follow.addEventListener('change', () => this.#scroll());
    this.#box.addEventListener('scroll', () => {
      // scrolling up stops following the log
      if (this.#searched === undefined) this.#follow.checked = this.#isAtEnd();
    });
  }

  clear(): void {
    this.#lines = [];
    this.#text.value = '';
    this.#follow.checked = true;
    this.#showTail();
  }

  fault(message: string): void {
    setText(this.#status, message);
  }

  add(lines: readonly LogLine[], isFirst: boolean): void {
    this.#lines = [...(isFirst ? [] : this.#lines), ...lines].slice(-MOST_LINES);
    if (this.#searched !== undefined) return;
    if (isFirst) this.#showTail();
    else this.#append(lines);
  }

  #append(lines: readonly LogLine[]): void {
    const follows = this.#follow.checked;
    const now = this.options.now();
    setText(this.#status, '');
    this.#box.append(...lines.map((line) => lineElement(line, now, this.#searched)));
    while (this.#box.childElementCount > MOST_LINES) this.#box.firstElementChild?.remove();
    if (follows) this.#scroll();
  }

  #showTail(): void {
    this.#search += 1;
    this.#searched = undefined;
    show(this.#clear, false);
    this.#box.replaceChildren();
    this.#append(this.#lines);
    if (this.#lines.length === 0) setText(this.#status, 'Nothing was written yet.');
  }

  async #find(): Promise<void> {
    const text = this.#text.value;
    if (text === '') {
      this.#showTail();
      return;
    }
    this.#search += 1;
    const search = this.#search;
    setText(this.#status, 'Searching …');
    const isPattern = this.#isPattern.checked;
    const { lines, found, isCut } = await this.options.search(text, isPattern);
    if (search !== this.#search) return;
    this.#searched = isPattern ? '' : text.toLowerCase();
    show(this.#clear, true);
    this.#box.replaceChildren();
    this.#append(lines);
    this.#box.scrollTop = this.#box.scrollHeight;
    const shown = found > lines.length ? `; the last ${lines.length} are shown` : '';
    const cut = isCut ? '; the search took too long and was ended' : '';
    setText(this.#status, `${count(found, 'line', 'lines')} found${shown}${cut}`);
  }

  #scroll(): void {
    if (this.#follow.checked) this.#box.scrollTop = this.#box.scrollHeight;
  }

  #isAtEnd(): boolean {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight < 30;
  }
}

/** @param searched the text to highlight, in lower case */
function lineElement({ at, text, stream }: LogLine, now: number, searched: string | undefined): HTMLElement {
  const time =
    at === null ? h('span', { class: 'log-time' }) : h('time', { class: 'log-time' }, clock(at, now));
  const line = h('span', { class: 'log-text' });
  line.append(...(searched === undefined || searched === '' ? [text] : marked(text, searched)));
  return h('div', { class: `line line-${stream}` }, time, line);
}

function marked(text: string, searched: string): readonly (string | Node)[] {
  const small = text.toLowerCase();
  // in some languages lower case changes the length of a text: nothing is highlighted then
  if (small.length !== text.length) return [text];
  const parts: (string | Node)[] = [];
  let from = 0;
  for (let at = small.indexOf(searched); at >= 0; at = small.indexOf(searched, from)) {
    parts.push(text.slice(from, at), h('mark', {}, text.slice(at, at + searched.length)));
    from = at + searched.length;
  }
  return [...parts, text.slice(from)];
}
