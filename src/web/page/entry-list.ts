/** A list of events, the newest first. */
import type { EntryView } from '../wire.js';
import { h } from './dom.js';
import { clock } from './format.js';

interface EntryListOptions {
  /** how many are shown */
  readonly most: number;
  /** show the job of each entry */
  readonly named: boolean;
}

export class EntryList {
  constructor(
    private readonly list: HTMLOListElement,
    private readonly options: EntryListOptions,
  ) {}

  clear(): void {
    this.list.replaceChildren();
  }

  /** @param entries oldest first */
  add(entries: readonly EntryView[], now: number): void {
    const { most, named } = this.options;
    const items = entries.slice(-most).map((entry) => item(entry, named, now));
    this.list.prepend(...items.reverse());
    while (this.list.childElementCount > most) this.list.lastElementChild?.remove();
  }

  note(text: string): void {
    this.list.prepend(h('li', { class: 'entry entry-note' }, text));
  }
}

function item({ at, job, kind, text, tone }: EntryView, named: boolean, now: number): HTMLLIElement {
  const time = h('time', { datetime: new Date(at).toISOString() }, clock(at, now));
  const parts = [time, h('span', { class: 'kind', 'data-tone': tone }, kind)];
  if (named) parts.push(h('span', { class: 'entry-job' }, job === '' ? 'foster' : job));
  return h('li', { class: 'entry' }, ...parts, h('span', { class: 'entry-text' }, text));
}
