/**
 * Control groups of jobs that have a `cgroup` stanza. Each job gets its own groups before its first instruction, and
 * they are removed when its last process has ended. If they cannot be made, the job runs without them, and foster
 * logs why.
 */
import { basename, join } from 'node:path';
import { groupsIn, removeGroup, watchGroupFile } from '../../kernel/cgroup/files.js';
import { groupsOfProcess, type CgroupHierarchy, type CgroupSetup } from '../../kernel/cgroup/layout.js';
import { nodeErrorCode } from '../../kernel/errno.js';
import type { Disposable, Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Effects, Part } from '../engine/part.js';
import { GroupBases } from './bases.js';
import { RESIDENCE } from './delegation.js';
import { FormerGroups } from './former-groups.js';
import { Group } from './group.js';
import { changesOf, groupEvent, groupMessage } from './group-changes.js';
import { groupNameOf } from './plan.js';
import type { GroupCounts, GroupUsage } from './usage.js';
import { GroupEntry, type GroupRequest } from './group-entry.js';

/** What `status` shows. */
export interface GroupStatus {
  readonly paths: readonly string[];
  readonly frozen: boolean;
  readonly usage: GroupUsage;
  readonly counts: GroupCounts;
  /** what could not be done, in words */
  readonly problems: readonly string[];
}

interface JobGroupsOptions {
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  readonly setup: CgroupSetup;
  /** name of the directory that holds the groups of this supervisor's jobs */
  readonly scope: string;
  readonly core: Pick<Core, 'jobs' | 'environment'>;
  readonly now: () => Milliseconds;
  readonly warn: (text: string) => void;
  /** emits an event about the group of a job, which can start another job */
  readonly emit: (event: string, env: readonly string[]) => void;
}

interface KnownGroup {
  readonly job: JobRef;
  readonly group: Group;
  readonly problems: readonly string[];
  counts: GroupCounts;
  populated: boolean;
  /** when memory.high was last reported */
  highAt: Milliseconds;
  readonly watches: readonly Disposable[];
}

/** Minimum milliseconds between two events about memory.high for one job. */
const HIGH_INTERVAL = 10_000;

/** How many problems a log message names: without permission they are all alike, each with another directory. */
const MAX_REASONS = 2;

export class JobGroups implements Part {
  readonly #known = new Map<string, KnownGroup>();
  /** keys of jobs that are gone, but whose groups still have processes */
  readonly #abandoned = new Set<string>();
  readonly #hierarchies: readonly CgroupHierarchy[];
  readonly #bases: GroupBases;
  readonly #entry: GroupEntry;
  /** groups that a previous supervisor made */
  readonly former: FormerGroups;

  constructor(private readonly options: JobGroupsOptions) {
    // named hierarchies without controllers (name=systemd) belong to whoever named them
    this.#hierarchies = options.setup.hierarchies.filter(
      ({ version, controllers }) => version === 2 || !controllers.some((one) => one.startsWith('name=')),
    );
    this.#bases = new GroupBases(options.scope, this.#hierarchies);
    this.#entry = new GroupEntry(this.#hierarchies, this.#bases, options.kernel.proc);
    this.former = new FormerGroups(this.#hierarchies);
  }

  /** Returns whether the process needs groups, and so must be held at its gate. */
  wants({ class: jobClass }: Pick<GroupRequest, 'class'>): boolean {
    return jobClass.cgroup.length > 0;
  }

  /**
   * Puts a process that is held at its gate into the groups of its job. The first process makes them and sets their
   * limits.
   */
  enter(pid: number, request: GroupRequest): void {
    if (!this.wants(request)) return;
    const key = jobKey(request.job);
    const { places, problems } = this.#entry.enter(pid, request);
    this.#reportProblems(request.job, problems, places.length > 0);
    this.#abandoned.delete(key);
    this.#register(request.job, new Group(places), problems);
  }

  /** Finds the groups of recovered jobs, and removes those of jobs that are gone. */
  start(): void {
    const { core, now } = this.options;
    for (const { ref: job, class: jobClass, processes } of core.jobs(now()))
      this.#resume({ job, class: jobClass, env: core.environment(job) ?? [] }, processes);
    this.#sweep();
  }

  /** Finds the groups of a recovered job: where its main is, or else where they would be made now. */
  #resume(
    request: GroupRequest,
    processes: readonly { readonly process: string; readonly pid: number }[],
  ): void {
    if (!this.wants(request) || this.#known.has(jobKey(request.job))) return;
    const main = processes.find(({ process }) => process === 'main');
    const where = main && groupsOfProcess(main.pid);
    if (where !== undefined) this.#bases.find(jobKey(request.job), where);
    const { groups, problems } = this.#entry.plan(request);
    this.#register(request.job, new Group(groups), problems);
  }

  of(job: JobRef): Group | undefined {
    return this.#known.get(jobKey(job))?.group;
  }

  /** Returns the directories of the groups that only this job uses. */
  ownDirectoriesOf(job: JobRef): readonly string[] {
    const own = groupNameOf(job);
    const places = this.of(job)?.places ?? [];
    return places.map(({ directory }) => directory).filter((directory) => basename(directory) === own);
  }

  statusOf(job: JobRef): GroupStatus | undefined {
    const known = this.#known.get(jobKey(job));
    if (known === undefined || this.#abandoned.has(jobKey(job))) return undefined;
    const { group, problems } = known;
    return {
      paths: group.places.map(({ directory }) => directory),
      frozen: group.isFrozen(),
      usage: group.usage(),
      counts: group.counts(),
      problems,
    };
  }

  /** A frozen job is thawed before it is stopped, since frozen processes do not handle signals. */
  readonly effects = {
    'job-changed': {
      act: ({ job, from, goal }) => {
        const group = goal === 'stop' && from !== 'waiting' ? this.of(job) : undefined;
        if (group?.isFrozen() === true) group.freeze(false);
      },
    },
  } satisfies Effects<'job-changed'>;

  /** Handles the end of a process of the job with this key. */
  processEnded(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#checkForChanges(known);
    if (this.#abandoned.has(key)) this.#release(key, known);
  }

  /** Removes the job's groups as soon as they have no process: a detached login may still be in them. */
  jobGone(job: JobRef): void {
    const key = jobKey(job);
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#abandoned.add(key);
    this.#release(key, known);
  }

  /** Removes groups that a previous supervisor left, of jobs that are gone. */
  #sweep(): void {
    const used = new Set(
      [...this.#known.values()].flatMap(({ group }) => group.places.map((place) => place.directory)),
    );
    for (const base of this.#hierarchies.flatMap((hierarchy) => [...this.#bases.all(hierarchy)])) {
      for (const name of directoriesIn(base)) {
        const directory = join(base, name);
        if (!used.has(directory)) this.#quietly(() => removeGroup(directory));
      }
    }
  }

  close(): void {
    for (const [key, known] of this.#known) this.#release(key, known, true);
    this.#sweep();
    for (const hierarchy of this.#hierarchies) this.#removeIfEmpty(this.#bases.of(hierarchy));
  }

  #reportProblems(job: JobRef, problems: readonly string[], entered: boolean): void {
    if (problems.length === 0) return;
    // a respawn has the same problems again; they are reported once
    if (this.#known.get(jobKey(job))?.problems.join() === problems.join()) return;
    const what = entered ? 'runs without a part of its cgroup stanza' : 'runs without a cgroup';
    const more =
      problems.length > MAX_REASONS ? ` (and ${problems.length - MAX_REASONS} more, see status)` : '';
    this.options.warn(`${jobLabel(job)} ${what}: ${problems.slice(0, MAX_REASONS).join('; ')}${more}`);
  }

  #register(job: JobRef, group: Group, problems: readonly string[]): void {
    const key = jobKey(job);
    const before = this.#known.get(key);
    const counts = before?.counts ?? group.counts();
    for (const watch of before?.watches ?? []) watch.dispose();
    const known: KnownGroup = {
      job,
      group,
      problems,
      counts,
      populated: true,
      highAt: before?.highAt ?? -Infinity,
      watches: this.#watches(job, group),
    };
    this.#known.set(key, known);
  }

  #watches(job: JobRef, { unified }: Group): readonly Disposable[] {
    if (unified === undefined) return [];
    return ['cgroup.events', 'memory.events'].flatMap((file) => {
      try {
        return [watchGroupFile(unified.directory, file, () => this.processEnded(jobKey(job)))];
      } catch (error) {
        // without the memory controller there is no memory.events; without inotify, each end of a process leads to a
        // check
        if (error instanceof SystemError) return [];
        throw error;
      }
    });
  }

  #checkForChanges(known: KnownGroup): void {
    const { changes, counts, populated } = changesOf(known, known.group);
    const now = this.options.now();
    // under pressure the kernel counts memory.high many times a second: what is not reported now is part of the next
    // count
    const isHeldBack = now - known.highAt < HIGH_INTERVAL;
    const { memoryHigh = 0 } = isHeldBack ? known.counts : counts;
    known.counts = { ...counts, ...(counts.memoryHigh !== undefined && { memoryHigh }) };
    known.populated = populated;
    for (const change of changes) {
      if (change.kind === 'memory-high' && isHeldBack) continue;
      if (change.kind === 'memory-high') known.highAt = now;
      const text = groupMessage(known.job, change);
      if (text !== undefined) this.options.warn(text);
      const { event, env } = groupEvent(known.job, change);
      this.options.emit(event, env);
    }
  }

  #release(key: string, known: KnownGroup, anyway = false): void {
    let removed: boolean;
    try {
      removed = known.group.remove();
    } catch (error) {
      // the group may belong to somebody else by now, or is not mounted any more
      if (!(error instanceof SystemError)) throw error;
      this.options.warn(`${jobLabel(known.job)}: ${error.message}`);
      removed = true;
    }
    if (!removed && !anyway) return;
    for (const watch of known.watches) watch.dispose();
    this.#known.delete(key);
    this.#abandoned.delete(key);
    for (const base of this.#bases.forget(key)) this.#removeIfEmpty(base);
  }

  #removeIfEmpty(base: string): void {
    if (directoriesIn(base).length === 0) this.#quietly(() => removeGroup(base));
  }

  #quietly(remove: () => unknown): void {
    try {
      remove();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.options.warn(error.message);
    }
  }
}

function directoriesIn(directory: string): readonly string[] {
  try {
    return groupsIn(directory).filter((name) => name !== RESIDENCE);
  } catch (error) {
    if (['ENOENT', 'ENODEV', 'EACCES'].includes(nodeErrorCode(error) ?? '')) return [];
    throw error;
  }
}
