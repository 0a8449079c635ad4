/** Answers questions about jobs: what `status`, `list` and `tree` show. */
import { numberIn } from '../core/lookup.js';
import type { Kernel } from '../../kernel/kernel.js';
import { namespacesOf } from '../../kernel/proc/namespace.js';
import type { NamespaceMethod } from '../../tracker/namespaces/method.js';
import type { JobTree, NamespaceNumbers, ProcessNode } from '../api/process-tree.js';
import type { JobStatus } from '../api/job-status.js';
import { compileGlob } from '../core/events/glob.js';
import type { CommandOutcome, JobRef, Milliseconds } from '../core/contract.js';
import type { ClassView, Core, JobView } from '../core/core.js';
import { statusOfBroken, statusOfClass, statusOfJob, type StatusSources } from './job-status.js';
import { processTrees } from './process-trees.js';

interface StatusesOptions {
  readonly core: Core;
  readonly kernel: Pick<Kernel, 'proc'>;
  readonly now: () => Milliseconds;
  /** collected for each answer anew, since they contain the offset between the clocks */
  readonly sources: () => StatusSources;
}

export class Statuses {
  constructor(private readonly options: StatusesOptions) {}

  /** See SupervisorApi. */
  jobs(patterns?: readonly string[]): readonly JobStatus[] {
    const { core, now } = this.options;
    const globs = patterns?.map(compileGlob);
    const isWanted = (name: string): boolean => globs === undefined || globs.some((glob) => glob(name));
    const sources = this.options.sources();
    const statuses: JobStatus[] = [];
    for (const view of core.classes()) {
      if (!isWanted(view.name)) continue;
      for (const idle of view.idle) statuses.push(statusOfClass(view, idle, sources));
      for (const instance of view.instances) {
        const job = core.job({ name: view.name, instance }, now());
        if (job !== undefined) statuses.push(statusOfJob(job, sources));
      }
    }
    return statuses.sort((a, b) => compare(a.name, b.name) || compareInstances(a.instance, b.instance));
  }

  /** @param names names of jobs whose files are broken */
  broken(names: readonly string[], patterns: readonly string[] | undefined): readonly JobStatus[] {
    const globs = patterns?.map(compileGlob);
    const sources = this.options.sources();
    return names
      .filter((name) => globs === undefined || globs.some((glob) => glob(name)))
      .filter((name) => this.options.core.class(name) === undefined)
      .map((name) => statusOfBroken(name, sources));
  }

  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome {
    const found = this.options.core.find(name, env, this.options.now(), instance);
    return 'kind' in found ? this.#statusOf(found, instance ?? numberIn(env)) : found;
  }

  /** @param method how foster notices changes of namespaces; if absent, namespaces are omitted */
  tree(name: string, method: NamespaceMethod | undefined): readonly JobTree[] {
    const { proc } = this.options.kernel;
    const sources = this.options.sources();
    const describe = (pid: number): Pick<ProcessNode, 'command' | 'namespaces'> => ({
      command: proc.arguments(pid)?.join(' ') ?? `[${proc.stat(pid)?.comm ?? 'gone'}]`,
      ...(method !== undefined && { namespaces: numbersOf(pid) }),
    });
    return this.jobs([name]).map((status) => ({
      status,
      roots: processTrees({ name: status.name, instance: status.instance }, sources, describe),
      ...(method !== undefined && { namespaces: { ...method, own: numbersOf('self') } }),
    }));
  }

  /** Returns the status of a job or, once it is gone, of its class; null if there is neither. */
  of(ref: JobRef): JobStatus | null {
    const { core, now } = this.options;
    const job = core.job(ref, now());
    if (job !== undefined) return this.#statusOf(job);
    const view = core.class(ref.name);
    return view === undefined ? null : this.#statusOf(view, ref.instance);
  }

  /** @param instance of a copy; any other instance that is gone has no name any more, as in Upstart */
  #statusOf(view: JobView | ClassView, instance = ''): JobStatus {
    const sources = this.options.sources();
    if (view.kind === 'job') return statusOfJob(view, sources);
    const idle = view.idle.find((one) => one.instance === instance);
    const { copies, lastEnd } = view;
    // a copy has its number even if it is no longer wanted
    const copy = { instance, lastEnd: lastEnd?.instance === instance ? lastEnd : undefined };
    const nameless = { ...(copies === undefined ? { instance: '', lastEnd } : copy), unclear: undefined };
    return statusOfClass(view, idle ?? nameless, sources);
  }
}

function numbersOf(pid: number | 'self'): NamespaceNumbers {
  return Object.fromEntries(namespacesOf(pid));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares numbers by their value: 10 comes after 9. */
function compareInstances(a: string, b: string): number {
  return isNumber(a) && isNumber(b) ? Number(a) - Number(b) : compare(a, b);
}

function isNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}
