/** The buttons of a job. Actions that end processes ask for confirmation. */
import type { ActionAnswer, ActionName, ActionRequest, JobView } from '../wire.js';
import { button, byId, h, setText, show } from './dom.js';
import type { Notices } from './notices.js';

const SIGNALS = ['HUP', 'USR1', 'USR2', 'WINCH', 'INT', 'QUIT', 'TERM', 'STOP', 'CONT', 'KILL'];

interface ActionOptions {
  readonly act: (request: ActionRequest) => Promise<ActionAnswer>;
  readonly notices: Notices;
}

type Verb = Exclude<ActionName, 'signal'>;

const LABELS = {
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  reload: 'Reload',
  'reset-failed': 'Forget failures',
} as const satisfies Record<Verb, string>;

const VERBS: readonly Verb[] = ['start', 'stop', 'restart', 'reload', 'reset-failed'];

export class Actions {
  readonly #buttons = new Map<Verb, HTMLButtonElement>();
  readonly #signal = byId('signal-form', HTMLFormElement);
  readonly #signalName = byId('signal-name', HTMLSelectElement);
  readonly #note = byId('actions-note', HTMLParagraphElement);
  readonly #dialog = byId('confirm', HTMLDialogElement);
  #job: JobView | undefined;
  #isBusy = false;
  /** runs when the question is answered with yes */
  #confirmed: (() => void) | undefined;

  constructor(
    private readonly bar: HTMLElement,
    private readonly options: ActionOptions,
  ) {
    for (const verb of VERBS) {
      const element = button(LABELS[verb], { class: verb === 'start' ? 'strong' : '' }, () =>
        this.#press(verb),
      );
      this.#buttons.set(verb, element);
      bar.insertBefore(element, this.#signal);
    }
    this.#signalName.append(...SIGNALS.map((name) => h('option', {}, name)));
    // the event for one question may arrive when the next question is open: it has no answer yet
    this.#dialog.addEventListener('close', () => {
      if (this.#dialog.returnValue !== 'yes') return;
      const confirmed = this.#confirmed;
      this.#confirmed = undefined;
      confirmed?.();
    });
    this.#signal.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#press('signal');
    });
  }

  update(job: JobView, mayAct: boolean): void {
    this.#job = job;
    const isUp = job.main !== null || job.tone === 'busy' || job.condition === 'running';
    const isFailed = job.tone === 'bad' || job.condition === 'backing off';
    const wanted = {
      start: !isUp && job.condition !== 'broken file',
      stop: isUp,
      restart: isUp,
      reload: job.main !== null,
      'reset-failed': isFailed && job.condition !== 'broken file',
    } satisfies Record<Verb, boolean>;
    for (const verb of VERBS) {
      const element = this.#buttons.get(verb);
      if (element === undefined) continue;
      // the button just pressed keeps the focus, which it would lose by vanishing
      if (element === document.activeElement && !wanted[verb]) this.#focusAnother(wanted);
      show(element, mayAct && wanted[verb]);
      element.setAttribute('aria-disabled', String(this.#isBusy));
    }
    show(this.#signal, mayAct && job.main !== null);
    setText(this.#note, mayAct ? '' : "Nothing can be changed here: 'foster web' runs with --read-only.");
  }

  #focusAnother(wanted: Record<Verb, boolean>): void {
    const other = VERBS.find((verb) => wanted[verb]);
    const element = other === undefined ? undefined : this.#buttons.get(other);
    if (element === undefined) return;
    show(element, true);
    element.focus();
  }

  #press(action: ActionName): void {
    const job = this.#job;
    if (job === undefined || this.#isBusy) return;
    const { name, instance, title } = job;
    const signal = this.#signalName.value;
    const request: ActionRequest =
      action === 'signal' ? { name, instance, action, signal } : { name, instance, action };
    const question = questionOf(action, title, signal);
    if (question === undefined) void this.#carryOut(request);
    else
      this.#ask(
        question,
        action === 'signal' ? `Send ${signal}` : LABELS[action],
        () => void this.#carryOut(request),
      );
  }

  #ask(question: string, label: string, confirmed: () => void): void {
    const yes = h('button', { type: 'submit', value: 'yes', class: 'danger' }, label);
    const no = h('button', { type: 'submit', value: 'no', autofocus: true }, 'Cancel');
    const text = h('p', { id: 'confirm-text' }, question);
    const form = h('form', { method: 'dialog' }, text, h('div', { class: 'buttons' }, no, yes));
    this.#dialog.replaceChildren(form);
    this.#dialog.returnValue = 'no';
    this.#confirmed = confirmed;
    this.#dialog.showModal();
  }

  async #carryOut(request: ActionRequest): Promise<void> {
    this.#isBusy = true;
    this.bar.setAttribute('aria-busy', 'true');
    const { ok, message, output } = await this.options.act(request);
    this.#isBusy = false;
    this.bar.setAttribute('aria-busy', 'false');
    for (const element of this.#buttons.values()) element.setAttribute('aria-disabled', 'false');
    this.options.notices.show(message, ok ? 'good' : 'bad', output);
  }
}

/** Returns the question to confirm; undefined for harmless actions. */
function questionOf(action: ActionName, title: string, signal: string): string | undefined {
  switch (action) {
    case 'stop':
      return `Stop ${title}? Its processes are ended; what has detached itself stays.`;
    case 'restart':
      return `Restart ${title}? It is stopped, and started with its job file as it is now.`;
    case 'signal':
      return ['INT', 'QUIT', 'TERM', 'STOP', 'KILL'].includes(signal)
        ? `Send ${signal} to the main process of ${title}?`
        : undefined;
    case 'start':
    case 'reload':
    case 'reset-failed':
      return undefined;
  }
}
