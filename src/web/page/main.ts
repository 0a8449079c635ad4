/** The page of `foster web`: connects its parts, and redraws changes, once per frame. */
import type { StreamMessage } from '../wire.js';
import { Connection, type ConnectionState } from './connection.js';
import { byId, h, setText, show } from './dom.js';
import { EntryList } from './entry-list.js';
import { count } from './format.js';
import { JobList, type Order } from './job-list.js';
import { JobPanel } from './job-panel.js';
import { Notices } from './notices.js';
import { keepToken, routedJob, takeToken } from './route.js';
import { Store } from './store.js';
import { startTheme } from './theme.js';

const TICK = 1000;

class Page {
  readonly #store = new Store();
  readonly #notices = new Notices();
  readonly #connection: Connection;
  readonly #panel: JobPanel;
  readonly #list = new JobList(
    this.#store,
    byId('jobs', HTMLUListElement),
    byId('empty', HTMLParagraphElement),
  );
  readonly #entries = new EntryList(byId('entries', HTMLOListElement), { most: 300, named: true });
  readonly #banner = byId('banner', HTMLDivElement);
  readonly #login = byId('login', HTMLElement);
  readonly #main = byId('main', HTMLElement);
  #isDue = false;

  constructor() {
    const listener = {
      onMessage: (message: StreamMessage) => this.#take(message),
      onState: (state: ConnectionState, text: string) => this.#onState(state, text),
    };
    this.#connection = new Connection(takeToken(), listener);
    this.#panel = new JobPanel({ store: this.#store, connection: this.#connection, notices: this.#notices });
    this.#listen();
    this.#route(false);
    // uptimes and charts change with time
    setInterval(() => this.#draw(), TICK);
  }

  #listen(): void {
    const { options } = this.#list;
    const filter = byId('filter', HTMLInputElement);
    filter.addEventListener('input', () => {
      options.filter = filter.value.trim().toLowerCase();
      this.#draw();
    });
    const order = byId('order', HTMLSelectElement);
    order.addEventListener('change', () => {
      options.order = order.value as Order;
      this.#draw();
    });
    const span = byId('span', HTMLSelectElement);
    span.addEventListener('change', () => {
      options.span = Number(span.value) * 60_000;
      this.#draw();
    });
    addEventListener('hashchange', () => this.#route(true));
    const form = byId('login-form', HTMLFormElement);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const field = byId('login-token', HTMLInputElement);
      // users may paste the whole address
      const token = field.value.trim().replace(/^.*#token=/, '');
      field.value = '';
      keepToken(token);
      this.#connection.useToken(token);
    });
  }

  /** Shows the job that the address names. */
  #route(byPerson: boolean): void {
    const given = location.hash.startsWith('#token=') ? takeToken() : undefined;
    const job = routedJob(location.hash);
    const left = this.#list.options.selected;
    this.#panel.open(job);
    document.body.classList.toggle('has-panel', job !== undefined);
    this.#list.options.selected = job === undefined ? undefined : this.#panel.job?.title;
    if (given === undefined) this.#connection.open(job);
    else this.#connection.useToken(given);
    this.#draw();
    if (!byPerson) return;
    if (job !== undefined) this.#panel.focus();
    else this.#focusRow(left);
  }

  /** Returns the focus to the job's row. */
  #focusRow(title: string | undefined): void {
    const link = [...document.querySelectorAll<HTMLAnchorElement>('.row-name')].find(
      (row) => row.textContent === title,
    );
    link?.focus();
  }

  #take(message: StreamMessage): void {
    if (!('kind' in message)) {
      // this page was too slow and data was dropped: reconnect
      this.#connection.open(routedJob(location.hash));
      return;
    }
    for (const { title, condition } of this.#store.take(message)) this.#notices.say(`${title}: ${condition}`);
    if (message.kind === 'hello') this.#onHello();
    else if (message.kind === 'entries') this.#entries.add(message.entries, this.#store.now());
    else if (message.kind === 'foster') this.#onFoster(message.isUp, message.message);
    else this.#panel.take(message);
    this.#drawSoon();
  }

  #onHello(): void {
    this.#entries.clear();
    const { host, version } = this.#store;
    setText(byId('host', HTMLSpanElement), host);
    setText(byId('version', HTMLSpanElement), `foster ${version}`);
    document.title = `${host} – foster`;
  }

  #onFoster(isUp: boolean, message: string): void {
    this.#showBanner(isUp ? '' : `foster does not answer: ${message}`);
    document.body.classList.toggle('is-stranger', !this.#store.isOwner);
  }

  #onState(state: ConnectionState, text: string): void {
    document.body.dataset['connection'] = state;
    setText(byId('connection', HTMLSpanElement), state);
    show(this.#login, state === 'refused');
    show(this.#main, state !== 'refused');
    if (state === 'lost')
      this.#showBanner(`The connection to 'foster web' is lost (${text}). Trying again …`);
    else if (state === 'live') this.#showBanner('');
    if (state === 'refused') byId('login-token', HTMLInputElement).focus();
  }

  #showBanner(text: string): void {
    show(this.#banner, text !== '');
    setText(this.#banner, text);
  }

  #drawSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#isDue = false;
    if (document.hidden) return;
    const { options } = this.#list;
    if (document.body.classList.contains('has-panel')) options.selected = this.#panel.job?.title;
    this.#list.render();
    this.#panel.render(options.span);
    this.#drawSummary();
  }

  #drawSummary(): void {
    const jobs = [...this.#store.jobs.values()];
    const of = (tone: string): number => jobs.filter((job) => job.tone === tone).length;
    const [good, busy, bad, idle] = [of('good'), of('busy'), of('bad'), of('idle')];
    const words = [
      ['good', `${good} running`, good],
      ['busy', `${busy} pending`, busy],
      ['bad', `${bad} in trouble`, bad],
      ['idle', `${idle} stopped`, idle],
    ] as const;
    const element = byId('summary', HTMLParagraphElement);
    const shown = words.filter(([, , number]) => number > 0);
    const text = shown.map(([, word]) => word).join(', ');
    if (element.dataset['text'] === text) return;
    element.dataset['text'] = text;
    setText(byId('jobs-count', HTMLSpanElement), count(jobs.length, 'job', 'jobs'));
    element.replaceChildren(
      ...shown.map(([tone, word]) => h('span', { class: 'chip', 'data-tone': tone }, word)),
    );
  }
}

startTheme();
new Page();
