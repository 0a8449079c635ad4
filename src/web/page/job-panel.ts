/** Shows one job: why it is in its state, its actions, its processes, its log and its past runs. */
import type { JobId, JobView, StreamMessage } from '../wire.js';
import { Actions } from './actions.js';
import { runWords, SparkPicture, sparkOf, TimelinePicture } from './charts.js';
import type { Connection } from './connection.js';
import { byId, h, setText, show } from './dom.js';
import { EntryList } from './entry-list.js';
import { clock, duration } from './format.js';
import { LogView } from './log-view.js';
import type { Notices } from './notices.js';
import { ProcessTree } from './process-tree.js';
import { statePill } from './state-pill.js';
import type { Store } from './store.js';

const MOST_RUNS = 12;

interface PanelOptions {
  readonly store: Store;
  readonly connection: Connection;
  readonly notices: Notices;
}

export class JobPanel {
  readonly #panel = byId('panel', HTMLElement);
  readonly #heading = byId('panel-title', HTMLHeadingElement);
  readonly #story = byId('story', HTMLDivElement);
  readonly #facts = byId('facts', HTMLDListElement);
  readonly #runs = byId('runs', HTMLOListElement);
  readonly #pill = statePill();
  readonly #cpu = new SparkPicture('cpu');
  readonly #memory = new SparkPicture('memory');
  readonly #timeline = new TimelinePicture();
  readonly #tree = new ProcessTree(byId('tree', HTMLUListElement), byId('tree-summary', HTMLSpanElement));
  readonly #happenings = new EntryList(byId('happenings', HTMLOListElement), { most: 80, named: false });
  readonly #log: LogView;
  readonly #actions: Actions;
  #job: JobId | undefined;
  #file = '';
  #runsShown = '';

  constructor(private readonly options: PanelOptions) {
    const { store, connection, notices } = options;
    this.#log = new LogView({
      now: () => store.now(),
      search: (text, isPattern) =>
        connection.search(this.#job ?? { name: '', instance: '' }, text, isPattern),
    });
    this.#actions = new Actions(byId('actions', HTMLDivElement), {
      notices,
      act: (request) => connection.act(request),
    });
    byId('panel-state', HTMLSpanElement).append(this.#pill.element);
    byId('cpu-chart', HTMLDivElement).append(this.#cpu.element);
    byId('memory-chart', HTMLDivElement).append(this.#memory.element);
    byId('timeline-chart', HTMLDivElement).append(this.#timeline.element);
  }

  /** Shows another job, or none. */
  open(job: JobId | undefined): void {
    this.#job = job;
    show(this.#panel, job !== undefined);
    this.#tree.clear();
    this.#happenings.clear();
    this.#log.clear();
    this.#story.replaceChildren();
    [this.#file, this.#runsShown] = ['', ''];
    if (job !== undefined)
      setText(this.#heading, job.instance === '' ? job.name : `${job.name} (${job.instance})`);
  }

  /** Focuses the heading, for users of the keyboard. */
  focus(): void {
    this.#heading.focus();
  }

  get job(): JobView | undefined {
    const { name, instance } = this.#job ?? {};
    return [...this.options.store.jobs.values()].find(
      (job) => job.name === name && job.instance === instance,
    );
  }

  take(message: StreamMessage): void {
    if (!('kind' in message)) return;
    const now = this.options.store.now();
    switch (message.kind) {
      case 'processes':
        return this.#tree.update(message.roots);
      case 'process-entries':
        if (message.left > 0) this.#happenings.note(`${message.left} more were too many to show`);
        return this.#happenings.add(message.entries, now);
      case 'story':
        this.#file = message.story.file ?? '';
        return this.#story.replaceChildren(...message.story.sentences.map(sentence));
      case 'log':
        return this.#log.add(message.lines, message.isFirst);
      case 'log-fault':
        return this.#log.fault(message.message);
      case 'hello':
      case 'foster':
      case 'jobs':
      case 'usage':
      case 'usage-history':
      case 'entries':
        return;
    }
  }

  render(span: number): void {
    if (this.#job === undefined) return;
    const { store } = this.options;
    const { job } = this;
    if (job === undefined) {
      this.#pill.set({ tone: 'idle', condition: store.isComplete ? 'there is no such job' : 'unknown' });
      return;
    }
    const now = store.now();
    setText(this.#heading, job.title);
    this.#pill.set(job);
    this.#actions.update(job, store.mayAct && store.isOwner && store.isUp);
    const points = store.usageOf(job.title);
    const [cpu, memory] = [
      sparkOf(points, 'cpu', now, store.window),
      sparkOf(points, 'memory', now, store.window),
    ];
    this.#cpu.draw(cpu);
    this.#memory.draw(memory);
    this.#timeline.draw(job.runs, now, span);
    this.#setFacts([
      ['Main', job.main === null ? '–' : String(job.main)],
      ['Up', job.upSince === null ? '–' : duration(now - job.upSince)],
      ['Restarts', String(job.respawns)],
      ['CPU', amount(cpu.value, cpu.most)],
      ['Memory', amount(memory.value, memory.most)],
      ['File', this.#file === '' ? '–' : this.#file],
    ]);
    this.#drawRuns(job, now);
  }

  #setFacts(facts: readonly (readonly [string, string])[]): void {
    if (this.#facts.childElementCount !== facts.length)
      this.#facts.replaceChildren(...facts.map(() => h('div', {}, h('dt'), h('dd'))));
    for (const [index, [name, value]] of facts.entries()) {
      const [term, text] = this.#facts.children[index]?.children ?? [];
      if (term !== undefined) setText(term, name);
      if (text !== undefined) setText(text, value);
    }
  }

  #drawRuns(job: JobView, now: number): void {
    const shown = job.runs.filter(({ until }) => until !== null).slice(-MOST_RUNS);
    const key = shown.map(({ pid, since }) => `${pid}.${since}`).join();
    if (key === this.#runsShown) return;
    this.#runsShown = key;
    const items = shown
      .toReversed()
      .map((run) =>
        h(
          'li',
          { class: 'entry' },
          h('time', { datetime: new Date(run.until ?? now).toISOString() }, clock(run.until ?? now, now)),
          h('span', { class: 'entry-text', 'data-outcome': run.outcome }, runWords(run, now)),
        ),
      );
    this.#runs.replaceChildren(...items);
  }
}

function amount(value: string, most: string): string {
  return value === '' ? '–' : `${value} (at most ${most})`;
}

/** Returns a sentence; an indented one belongs to the one above. */
function sentence(text: string): HTMLElement {
  return h('p', { class: text.startsWith(' ') ? 'indented' : '' }, text.trim());
}
