/** Answers questions about jobs: what `status`, `list` and `tree` show. */
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

export interface StatusesOptions {
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
      if (view.instances.length === 0) statuses.push(statusOfClass(view, sources));
      for (const instance of view.instances) {
        const job = core.job({ name: view.name, instance }, now());
        if (job !== undefined) statuses.push(statusOfJob(job, sources));
      }
    }
    return statuses.sort((a, b) => compare(a.name, b.name) || compare(a.instance, b.instance));
  }

  /** @param names names of jobs whose files are broken */
  broken(names: readonly string[], patterns: readonly string[] | undefined): readonly JobStatus[] {
    const globs = patterns?.map(compileGlob);
    const sources = this.options.sources();
    return names
      .filter((name) => globs === undefined || globs.some((glob) => glob(name)))
      .filter((name) => this.options.core.classes().every((view) => view.name !== name))
      .map((name) => statusOfBroken(name, sources));
  }

  find(name: string, env: readonly string[], instance?: string): JobStatus | CommandOutcome {
    const found = this.options.core.find(name, env, this.options.now(), instance);
    return 'kind' in found ? this.#statusOf(found) : found;
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
    const view = core.classes().find(({ name }) => name === ref.name);
    // as in Upstart, an instance that is gone has no name any more
    return view === undefined ? null : this.#statusOf(view);
  }

  #statusOf(view: JobView | ClassView): JobStatus {
    const sources = this.options.sources();
    return view.kind === 'job' ? statusOfJob(view, sources) : statusOfClass(view, sources);
  }
}

function numbersOf(pid: number | 'self'): NamespaceNumbers {
  return Object.fromEntries(namespacesOf(pid));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
