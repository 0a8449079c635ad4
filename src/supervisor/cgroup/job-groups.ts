/**
 * Control groups of jobs that have a `cgroup` stanza: each job gets groups of its own before its first instruction, and they
 * are gone when its last process is. A job whose groups cannot be made runs without, and that is said in one line.
 */
import { basename, dirname, join } from 'node:path';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import {
  groupsIn,
  makePlace,
  moveProcess,
  removeGroup,
  setGroupFile,
  watchGroupFile,
} from '../../kernel/cgroup/files.js';
import { groupsOfProcess, type CgroupHierarchy, type CgroupSetup } from '../../kernel/cgroup/layout.js';
import { nodeErrorCode } from '../../kernel/errno.js';
import type { Disposable, Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { environmentOf } from '../core/environment.js';
import { expand } from '../core/expansion.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Effects, Part } from '../engine/part.js';
import { GroupBases } from './bases.js';
import { availableControllers, RESIDENCE, SharedGroupError, turnOn } from './delegation.js';
import { FormerGroups } from './former-groups.js';
import { Group } from './group.js';
import { changesOf } from './group-changes.js';
import { groupEvent, groupMessage } from './group-events.js';
import { groupNameOf, planGroups, type GroupPlan, type PlannedGroup } from './plan.js';
import type { GroupCounts, GroupUsage } from './usage.js';
import type { CgroupSetting } from '../../jobfile/job-class/values.js';

/** What a process is started for. */
export interface GroupRequest {
  readonly job: JobRef;
  readonly class: JobClass;
  /** `KEY=VALUE`, for the variables in names of groups */
  readonly env: readonly string[];
}

/** What `status` shows. */
export interface GroupStatus {
  readonly paths: readonly string[];
  readonly frozen: boolean;
  readonly usage: GroupUsage;
  readonly counts: GroupCounts;
  /** what of the stanza could not be done, in words */
  readonly problems: readonly string[];
}

export interface JobGroupsOptions {
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  readonly setup: CgroupSetup;
  /** name of the directory that holds the groups of this supervisor's jobs */
  readonly scope: string;
  readonly core: Pick<Core, 'jobs' | 'environment'>;
  readonly now: () => Milliseconds;
  readonly warn: (text: string) => void;
  /** something has happened in the group of a job: an event that can start another */
  readonly emit: (event: string, env: readonly string[]) => void;
}

interface Kept {
  readonly job: JobRef;
  readonly group: Group;
  readonly problems: readonly string[];
  counts: GroupCounts;
  populated: boolean;
  /** when memory.high was last told of */
  highAt: Milliseconds;
  readonly watches: readonly Disposable[];
}

/** How the reason begins when a group cannot be made (kernel/cgroup/files.ts). */
const MAKING = 'make the cgroup ';

/** Milliseconds between two events of one job about memory.high. */
const HIGH_PAUSE = 10_000;

/** So many reasons a line holds: without permission they are all the same, with another directory in each. */
const SAID = 2;

/** How Upstart calls a job's own group (cgroup stanza, init(5)). */
const OWN_GROUP = /^\$\{?UPSTART_CGROUP\}?$/;

export class JobGroups implements Part {
  readonly #kept = new Map<string, Kept>();
  /** jobs that are no more, in whose groups somebody still is */
  readonly #left = new Set<string>();
  readonly #hierarchies: readonly CgroupHierarchy[];
  readonly #bases: GroupBases;
  /** those that a former supervisor made */
  readonly former: FormerGroups;

  constructor(private readonly options: JobGroupsOptions) {
    // hierarchies that only name groups (name=systemd) belong to whoever has named them
    this.#hierarchies = options.setup.hierarchies.filter(
      ({ version, controllers }) => version === 2 || !controllers.some((one) => one.startsWith('name=')),
    );
    this.#bases = new GroupBases(options.scope, this.#hierarchies);
    this.former = new FormerGroups(this.#hierarchies);
  }

  /** Whether the process has to be held at its gate for us. */
  wants({ class: jobClass }: Pick<GroupRequest, 'class'>): boolean {
    return jobClass.cgroup.length > 0;
  }

  /** The process stands at its gate: puts it into the groups of its job, which are made and limited when it is the first. */
  enter(pid: number, request: GroupRequest): void {
    if (!this.wants(request)) return;
    const key = jobKey(request.job);
    const plan = this.#plan(request);
    const problems = [...plan.problems];
    const places = plan.groups.filter((group) => this.#enterOne(group, pid, plan, problems));
    if (places.length === 0 && problems.length === 0) problems.push('no group could be made');
    this.#reportProblems(request.job, problems, places.length > 0);
    this.#left.delete(key);
    this.#keep(request.job, new Group(places), problems);
  }

  /** Finds the groups of jobs that were taken back, and removes what is left of jobs that are no more. */
  start(): void {
    const { core, now } = this.options;
    for (const { ref: job, class: jobClass, processes } of core.jobs(now()))
      this.#resume({ job, class: jobClass, env: core.environment(job) ?? [] }, processes);
    this.#sweep();
  }

  /** Its groups are where its main is, or those that it would get now. */
  #resume(
    request: GroupRequest,
    processes: readonly { readonly process: string; readonly pid: number }[],
  ): void {
    if (!this.wants(request) || this.#kept.has(jobKey(request.job))) return;
    const main = processes.find(({ process }) => process === 'main');
    const where = main && groupsOfProcess(main.pid);
    if (where !== undefined) this.#bases.find(jobKey(request.job), where);
    const { groups, problems } = this.#plan(request);
    this.#keep(request.job, new Group(groups), problems);
  }

  of(job: JobRef): Group | undefined {
    return this.#kept.get(jobKey(job))?.group;
  }

  /** Directories of the groups that this job has for itself. */
  ownOf(job: JobRef): readonly string[] {
    const own = groupNameOf(job);
    const places = this.of(job)?.places ?? [];
    return places.map(({ directory }) => directory).filter((directory) => basename(directory) === own);
  }

  statusOf(job: JobRef): GroupStatus | undefined {
    const kept = this.#kept.get(jobKey(job));
    if (kept === undefined || this.#left.has(jobKey(job))) return undefined;
    const { group, problems } = kept;
    return {
      paths: group.places.map(({ directory }) => directory),
      frozen: group.isFrozen(),
      usage: group.usage(),
      counts: group.counts(),
      problems,
    };
  }

  /** What is frozen takes no signal. */
  readonly effects = {
    'job-changed': {
      act: ({ job, from, goal }) => {
        const group = goal === 'stop' && from !== 'waiting' ? this.of(job) : undefined;
        if (group?.isFrozen() === true) group.freeze(false);
      },
    },
  } satisfies Effects<'job-changed'>;

  /** A process of the job with this key has ended. */
  processEnded(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#look(kept);
    if (this.#left.has(key)) this.#release(key, kept);
  }

  /** Its groups go as soon as nobody is in them, such as a login that has detached itself. */
  jobGone(job: JobRef): void {
    const key = jobKey(job);
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#left.add(key);
    this.#release(key, kept);
  }

  /** Removes what a former supervisor has left of jobs that are no more. */
  #sweep(): void {
    const used = new Set(
      [...this.#kept.values()].flatMap(({ group }) => group.places.map((place) => place.directory)),
    );
    for (const base of this.#hierarchies.flatMap((hierarchy) => [...this.#bases.all(hierarchy)])) {
      for (const name of directoriesIn(base)) {
        const directory = join(base, name);
        if (!used.has(directory)) this.#quietly(() => removeGroup(directory));
      }
    }
  }

  close(): void {
    for (const [key, kept] of this.#kept) this.#release(key, kept, true);
    this.#sweep();
    for (const hierarchy of this.#hierarchies) this.#removeIfEmpty(this.#bases.of(hierarchy));
  }

  #plan({ job, class: jobClass, env }: GroupRequest): GroupPlan {
    const unified = this.#hierarchies.find(({ version }) => version === 2);
    const problems: string[] = [];
    const settings = jobClass.cgroup.map((setting) => this.#named(setting, env, problems));
    const plan = planGroups({
      hierarchies: this.#hierarchies,
      baseOf: (hierarchy) => this.#bases.of(hierarchy, jobKey(job)),
      available: unified === undefined ? new Set() : availableControllers(this.#bases.given(unified)),
      settings,
      ownName: groupNameOf(job),
    });
    return { ...plan, problems: [...problems, ...plan.problems] };
  }

  #named(setting: CgroupSetting, env: readonly string[], problems: string[]): CgroupSetting {
    const { name, ...rest } = setting;
    if (name === undefined || OWN_GROUP.test(name)) return rest;
    const expansion = expand(name, environmentOf(env));
    if (expansion.ok) return { ...rest, name: expansion.text.replaceAll('/', '%2F') };
    problems.push(`${name}: ${expansion.message}`);
    return rest;
  }

  #enterOne(place: PlannedGroup, pid: number, plan: GroupPlan, problems: string[]): boolean {
    const { directory, controllers, wanted, hierarchy } = place;
    try {
      makePlace(place);
      if (controllers.length > 0) turnOn(dirname(directory), controllers, this.options.kernel.proc);
    } catch (error) {
      const reason = reasonOf(error);
      // without permission it is the same everywhere: one is enough; what the job file does not ask for is not missed
      const isSaid = problems.some((problem) => problem.startsWith(MAKING));
      if (!isSaid && (wanted || hierarchy.version === 2)) problems.push(reason);
      if (!(error instanceof SharedGroupError)) return false;
    }
    for (const { file, value } of plan.files.filter((one) => one.directory === directory)) {
      try {
        setGroupFile(directory, file, value);
      } catch (error) {
        problems.push(reasonOf(error));
      }
    }
    try {
      return moveProcess(directory, pid);
    } catch (error) {
      problems.push(reasonOf(error));
      return false;
    }
  }

  #reportProblems(job: JobRef, problems: readonly string[], entered: boolean): void {
    if (problems.length === 0) return;
    // a respawn says the same again: once is enough
    if (this.#kept.get(jobKey(job))?.problems.join() === problems.join()) return;
    const what = entered ? 'runs without a part of its cgroup stanza' : 'runs without a cgroup';
    const more = problems.length > SAID ? ` (and ${problems.length - SAID} more, see status)` : '';
    this.options.warn(`${jobLabel(job)} ${what}: ${problems.slice(0, SAID).join('; ')}${more}`);
  }

  #keep(job: JobRef, group: Group, problems: readonly string[]): void {
    const key = jobKey(job);
    const before = this.#kept.get(key);
    const counts = before?.counts ?? group.counts();
    for (const watch of before?.watches ?? []) watch.dispose();
    const kept: Kept = {
      job,
      group,
      problems,
      counts,
      populated: true,
      highAt: before?.highAt ?? -Infinity,
      watches: this.#watches(job, group),
    };
    this.#kept.set(key, kept);
  }

  #watches(job: JobRef, { unified }: Group): readonly Disposable[] {
    if (unified === undefined) return [];
    return ['cgroup.events', 'memory.events'].flatMap((file) => {
      try {
        return [watchGroupFile(unified.directory, file, () => this.processEnded(jobKey(job)))];
      } catch (error) {
        // without the memory controller there is no memory.events; without inotify, ends of processes tell
        if (error instanceof SystemError) return [];
        throw error;
      }
    });
  }

  #look(kept: Kept): void {
    const { changes, counts, populated } = changesOf(kept, kept.group);
    const now = this.options.now();
    // under pressure the kernel tells of memory.high many times a second: what is held back is counted with the next
    const isHeldBack = now - kept.highAt < HIGH_PAUSE;
    const { memoryHigh = 0 } = isHeldBack ? kept.counts : counts;
    kept.counts = { ...counts, ...(counts.memoryHigh !== undefined && { memoryHigh }) };
    kept.populated = populated;
    for (const change of changes) {
      if (change.kind === 'memory-high' && isHeldBack) continue;
      if (change.kind === 'memory-high') kept.highAt = now;
      const text = groupMessage(kept.job, change);
      if (text !== undefined) this.options.warn(text);
      const { event, env } = groupEvent(kept.job, change);
      this.options.emit(event, env);
    }
  }

  #release(key: string, kept: Kept, anyway = false): void {
    let removed: boolean;
    try {
      removed = kept.group.remove();
    } catch (error) {
      // the group may have been made over to somebody else, or the mount be gone: it is not ours any more
      if (!(error instanceof SystemError)) throw error;
      this.options.warn(`${jobLabel(kept.job)}: ${error.message}`);
      removed = true;
    }
    if (!removed && !anyway) return;
    for (const watch of kept.watches) watch.dispose();
    this.#kept.delete(key);
    this.#left.delete(key);
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

function reasonOf(error: unknown): string {
  if (error instanceof SystemError || error instanceof SharedGroupError) return error.message;
  throw error;
}

function directoriesIn(directory: string): readonly string[] {
  try {
    return groupsIn(directory).filter((name) => name !== RESIDENCE);
  } catch (error) {
    if (['ENOENT', 'ENODEV', 'EACCES'].includes(nodeErrorCode(error) ?? '')) return [];
    throw error;
  }
}
