/**
 * Shows the processes of a job as a live tree: new processes glow, ended ones stay for a moment, struck
 * through, and changes of role are marked.
 */
import type { ProcessView } from '../wire.js';
import { h, setText } from './dom.js';
import { count } from './format.js';

/** Milliseconds for which an ended process is shown. */
const GHOST = 2000;
/** At most this many ended children are shown per parent. */
const MOST_GHOSTS = 3;

const ROLES: Readonly<Record<string, string>> = {
  main: 'main: its life is the life of the job',
  launcher: 'what foster started for main',
  member: 'a stop of the job ends it',
  detached: 'it left on purpose: a stop of the job leaves it alone',
  intermediate: 'on the way to main',
  hook: 'runs beside main: pre-start, post-start, pre-stop or post-stop',
};

class ProcessItem {
  readonly element: HTMLLIElement;
  readonly children = h('ul');
  readonly #role = h('span', { class: 'role' });
  readonly #command = h('span', { class: 'command' });
  #isNew = true;
  #wasRole = '';

  constructor(
    readonly pid: number,
    isFirst: boolean,
  ) {
    const line = h(
      'div',
      { class: 'process' },
      h('span', { class: 'pid' }, String(pid)),
      this.#role,
      this.#command,
    );
    this.element = h('li', { class: isFirst ? '' : 'born' }, line, this.children);
  }

  update({ role, command, session, pid }: ProcessView): void {
    setText(this.#command, command);
    if (role === this.#wasRole) return;
    setText(this.#role, role);
    this.#role.className = `role role-${role}`;
    this.#role.title = ROLES[role] ?? '';
    this.element.title = pid === session ? 'leads its session' : `session ${session}`;
    if (!this.#isNew) {
      this.element.classList.remove('changed');
      // setting a class again in the same frame would not restart the animation
      requestAnimationFrame(() => this.element.classList.add('changed'));
    }
    [this.#wasRole, this.#isNew] = [role, false];
  }

  end(): void {
    this.element.classList.add('gone');
    this.element.classList.remove('born', 'changed');
    const ghosts = [...(this.element.parentElement?.children ?? [])].filter((one) =>
      one.classList.contains('gone'),
    );
    for (const ghost of ghosts.slice(0, -MOST_GHOSTS)) ghost.remove();
    setTimeout(() => this.element.remove(), GHOST);
  }
}

export class ProcessTree {
  readonly #items = new Map<number, ProcessItem>();
  #isFirst = true;

  constructor(
    private readonly root: HTMLUListElement,
    /** the number of processes, for screen readers */
    private readonly summary: HTMLElement,
  ) {}

  clear(): void {
    this.#items.clear();
    this.#isFirst = true;
    this.root.replaceChildren();
    setText(this.summary, '');
  }

  update(roots: readonly ProcessView[]): void {
    const living = new Set<number>();
    this.#place(roots, this.root, living);
    for (const [pid, item] of this.#items) {
      if (living.has(pid)) continue;
      item.end();
      this.#items.delete(pid);
    }
    this.#isFirst = false;
    setText(this.summary, living.size === 0 ? 'no process' : count(living.size, 'process', 'processes'));
  }

  #place(nodes: readonly ProcessView[], list: HTMLUListElement, living: Set<number>): void {
    let place: Element | null = list.firstElementChild;
    for (const node of nodes) {
      living.add(node.pid);
      const item = this.#items.get(node.pid) ?? new ProcessItem(node.pid, this.#isFirst);
      this.#items.set(node.pid, item);
      item.update(node);
      while (place?.classList.contains('gone') === true) place = place.nextElementSibling;
      if (item.element === place) place = place.nextElementSibling;
      else list.insertBefore(item.element, place);
      this.#place(node.children, item.children, living);
    }
  }
}
