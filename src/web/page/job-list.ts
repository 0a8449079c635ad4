/**
 * The list of all jobs, one row each. A row is created once and updated in place, so that focus and selection
 * stay.
 */
import type { JobView } from '../wire.js';
import { SparkPicture, sparkOf, TimelinePicture } from './charts.js';
import { h, setText, show, spoken } from './dom.js';
import { count, duration } from './format.js';
import { jobHref } from './route.js';
import { statePill } from './state-pill.js';
import type { Store } from './store.js';

export type Order = 'trouble' | 'name' | 'cpu' | 'memory';

const TONES = ['bad', 'busy', 'good', 'idle'] as const;

interface ListOptions {
  /** in lower case; part of a name, a description or a state */
  filter: string;
  order: Order;
  /** span of the timeline in milliseconds */
  span: number;
  /** title of the job shown beside the list */
  selected: string | undefined;
}

class Row {
  readonly element: HTMLLIElement;
  readonly #link: HTMLAnchorElement;
  readonly #pill = statePill();
  readonly #reason = h('span', { class: 'row-reason' });
  readonly #up = h('span');
  readonly #restarts = h('span');
  readonly #cpu = h('span', { class: 'amount' });
  readonly #memory = h('span', { class: 'amount' });
  readonly #timeline = new TimelinePicture();
  readonly #cpuSpark = new SparkPicture('cpu');
  readonly #memorySpark = new SparkPicture('memory');

  constructor(private job: JobView) {
    this.#link = h('a', { class: 'row-name', href: jobHref(job) }, job.title);
    this.element = h(
      'li',
      { class: 'row' },
      this.#pill.element,
      h('div', { class: 'row-title' }, this.#link, this.#reason),
      h('div', { class: 'row-up' }, spoken('up '), this.#up),
      h('div', { class: 'row-restarts' }, this.#restarts),
      h('div', { class: 'row-timeline' }, this.#timeline.element),
      h('div', { class: 'row-spark' }, this.#cpuSpark.element, spoken('CPU '), this.#cpu),
      h('div', { class: 'row-spark' }, this.#memorySpark.element, spoken('memory '), this.#memory),
    );
    // the mouse can click the whole row; keys and screen readers use the link
    this.element.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.closest('a') === null) this.#link.click();
    });
  }

  update(job: JobView): void {
    this.job = job;
    this.#pill.set(job);
    setText(this.#reason, job.reason === '' ? job.description : job.reason);
    const { respawns } = job;
    setText(this.#restarts, respawns === 0 ? '' : count(respawns, 'restart', 'restarts'));
  }

  /** The row is on the screen, or about to come there; until the browser has said, it may be. */
  isNear = true;

  draw(store: Store, options: ListOptions, now: number): void {
    const { upSince, title } = this.job;
    this.element.classList.toggle('is-down', upSince === null);
    if (title === options.selected) this.#link.setAttribute('aria-current', 'true');
    else this.#link.removeAttribute('aria-current');
    // of hundreds of jobs, only those that can be seen are drawn each second
    if (this.isNear) this.#drawCourse(store, options, now);
  }

  /** Draws what changes all the time: uptime, usage and the time line. */
  #drawCourse(store: Store, { span }: ListOptions, now: number): void {
    const { upSince, runs, title } = this.job;
    setText(this.#up, upSince === null ? '' : duration(now - upSince));
    this.#timeline.draw(runs, now, span);
    const points = store.usageOf(title);
    const [cpu, memory] = [
      sparkOf(points, 'cpu', now, store.window),
      sparkOf(points, 'memory', now, store.window),
    ];
    this.#cpuSpark.draw(cpu);
    this.#memorySpark.draw(memory);
    const isUp = upSince !== null;
    setText(this.#cpu, isUp ? cpu.value : '');
    setText(this.#memory, isUp ? memory.value : '');
  }
}

export class JobList {
  readonly options: ListOptions = { filter: '', order: 'trouble', span: 60 * 60_000, selected: undefined };
  readonly #rows = new Map<string, Row>();
  readonly #rowOf = new WeakMap<Element, Row>();
  /** half a screen ahead, so that no row is seen empty while somebody scrolls */
  readonly #observer = new IntersectionObserver((entries) => this.#onMoved(entries), { rootMargin: '50%' });

  constructor(
    private readonly store: Store,
    private readonly list: HTMLElement,
    private readonly empty: HTMLElement,
  ) {}

  /** Shows the current jobs. */
  render(): void {
    const now = this.store.now();
    for (const title of this.#rows.keys()) {
      if (this.store.jobs.has(title)) continue;
      const gone = this.#rows.get(title)?.element;
      if (gone !== undefined) this.#observer.unobserve(gone);
      gone?.remove();
      this.#rows.delete(title);
    }
    const shown = this.#shown();
    let place: Element | null = this.list.firstElementChild;
    for (const job of shown) {
      const row = this.#rows.get(job.title) ?? this.#newRow(job);
      row.update(job);
      row.draw(this.store, this.options, now);
      // a row in its place is not moved, since moving takes the focus away
      if (row.element === place) place = place.nextElementSibling;
      else this.list.insertBefore(row.element, place);
    }
    while (place !== null) {
      const next: Element | null = place.nextElementSibling;
      place.remove();
      place = next;
    }
    show(this.empty, shown.length === 0);
    setText(this.empty, this.#emptyText());
  }

  #newRow(job: JobView): Row {
    const row = new Row(job);
    this.#rows.set(job.title, row);
    this.#rowOf.set(row.element, row);
    this.#observer.observe(row.element);
    return row;
  }

  /** Rows have come to the screen, or have left it. */
  #onMoved(entries: readonly IntersectionObserverEntry[]): void {
    const now = this.store.now();
    for (const { target, isIntersecting } of entries) {
      const row = this.#rowOf.get(target);
      if (row === undefined) continue;
      row.isNear = isIntersecting;
      row.draw(this.store, this.options, now);
    }
  }

  #emptyText(): string {
    if (!this.store.isComplete) return 'Asking foster for its jobs …';
    return this.store.jobs.size === 0 ? 'There is no job yet.' : 'No job fits this filter.';
  }

  #shown(): readonly JobView[] {
    const { filter, order } = this.options;
    const jobs = [...this.store.jobs.values()].filter(
      (job) =>
        filter === '' || `${job.title} ${job.description} ${job.condition}`.toLowerCase().includes(filter),
    );
    return jobs.sort(
      (one, other) => this.#compare(one, other, order) || one.title.localeCompare(other.title),
    );
  }

  #compare(one: JobView, other: JobView, order: Order): number {
    switch (order) {
      case 'name':
        return 0;
      case 'trouble':
        return TONES.indexOf(one.tone) - TONES.indexOf(other.tone);
      case 'cpu':
        return this.#lately(other, 1) - this.#lately(one, 1);
      case 'memory':
        return this.#lately(other, 2) - this.#lately(one, 2);
    }
  }

  /** Returns the mean of the last samples: a row that moves at each sample cannot be clicked. */
  #lately({ title }: JobView, index: 1 | 2): number {
    const points = this.store.usageOf(title).slice(-10);
    return points.reduce((sum, point) => sum + (point[index] ?? 0), 0) / Math.max(1, points.length);
  }
}
