/** Where the processes of a job are to be, and with which limits: from the `cgroup` stanza and what is mounted here. Pure. */
import { join } from 'node:path';
import type { CgroupSetting } from '../../jobfile/job-class/job-class.js';
import type { CgroupHierarchy } from '../../kernel/cgroup/layout.js';
import { translate } from './translate.js';
import { createHash } from 'node:crypto';
import type { JobRef } from '../core/contract.js';

/** One group that the job's processes are put into. */
export interface PlannedGroup {
  readonly hierarchy: CgroupHierarchy;
  readonly directory: string;
  /** version 2: what the groups above have to turn on */
  readonly controllers: readonly string[];
  /** the job file names it; others are for usage, freezing and killing, and are done without where they cannot be made */
  readonly wanted: boolean;
}

export interface PlannedFile {
  readonly directory: string;
  readonly file: string;
  readonly value: string;
}

export interface GroupPlan {
  readonly groups: readonly PlannedGroup[];
  readonly files: readonly PlannedFile[];
  /** what cannot be done here, in words */
  readonly problems: readonly string[];
}

export interface PlanParts {
  readonly hierarchies: readonly CgroupHierarchy[];
  /** the directory below which foster makes groups, by hierarchy; undefined where it cannot */
  readonly baseOf: (hierarchy: CgroupHierarchy) => string;
  /** version 2: controllers that may be turned on for jobs */
  readonly available: ReadonlySet<string>;
  /** the stanza's lines, names expanded; a name that is left out is the job's own group */
  readonly settings: readonly CgroupSetting[];
  /** name of the job's own group */
  readonly ownName: string;
}

/** What tells how much a job uses, and what freezes it, where the controller is mounted as version 1. */
const ALWAYS = ['memory', 'cpuacct', 'pids', 'blkio', 'freezer'];
/** The same for version 2, where the rest needs no controller. */
const ALWAYS_2 = ['memory', 'pids', 'io'];

/** The controller under its name in the other version. */
const OTHER_NAME: Readonly<Record<string, string>> = { io: 'blkio', blkio: 'io' };

export function planGroups(parts: PlanParts): GroupPlan {
  const { hierarchies, settings } = parts;
  if (hierarchies.length === 0)
    return { groups: [], files: [], problems: ['no control groups are mounted here'] };
  const planner = new Planner(parts);
  for (const setting of settings) planner.take(setting);
  planner.addOthers();
  return planner.plan();
}

class Planner {
  readonly #groups = new Map<CgroupHierarchy, { name: string; controllers: Set<string>; wanted: boolean }>();
  readonly #files: PlannedFile[] = [];
  readonly #problems: string[] = [];

  constructor(private readonly parts: PlanParts) {}

  take({ controller, name, key, value }: CgroupSetting): void {
    // any controller will do: the job is to have groups of its own
    if (controller === '*') return;
    const found = this.#hierarchyOf(controller);
    if (found === undefined) {
      this.#problems.push(`the controller ${controller} is not there`);
      return;
    }
    const directory = this.#join(found.hierarchy, name, found.controller, true);
    if (key === undefined || value === undefined || directory === undefined) return;
    const file = key.includes('.') ? key : `${controller}.${key}`;
    const translated = translate(found.hierarchy.version, file, value);
    if ('problem' in translated) this.#problems.push(translated.problem);
    else this.#files.push(...translated.map((one) => ({ directory, ...one })));
  }

  addOthers(): void {
    for (const hierarchy of this.parts.hierarchies) {
      if (hierarchy.version === 2) {
        this.#join(hierarchy, undefined, undefined, false);
        for (const one of ALWAYS_2)
          if (this.parts.available.has(one)) this.#groups.get(hierarchy)?.controllers.add(one);
      } else if (ALWAYS.some((one) => hierarchy.controllers.includes(one))) {
        this.#join(hierarchy, undefined, undefined, false);
      }
    }
  }

  plan(): GroupPlan {
    const groups = [...this.#groups].map(([hierarchy, { name, controllers, wanted }]) => ({
      hierarchy,
      directory: this.#directory(hierarchy, name),
      controllers: [...controllers],
      wanted,
    }));
    return { groups, files: this.#files, problems: this.#problems };
  }

  #hierarchyOf(
    controller: string,
  ): { readonly hierarchy: CgroupHierarchy; readonly controller: string | undefined } | undefined {
    const { hierarchies, available } = this.parts;
    const second = hierarchies.find(({ version }) => version === 2);
    // files such as cgroup.max.descendants are every group's of version 2
    if (controller === 'cgroup') return second && { hierarchy: second, controller: undefined };
    for (const name of [controller, OTHER_NAME[controller]]) {
      if (name === undefined) continue;
      const first = hierarchies.find(
        ({ version, controllers }) => version === 1 && controllers.includes(name),
      );
      if (first !== undefined) return { hierarchy: first, controller: undefined };
      if (second !== undefined && available.has(name)) return { hierarchy: second, controller: name };
    }
    return undefined;
  }

  /** @returns the directory, or undefined where the job cannot be in it */
  #join(
    hierarchy: CgroupHierarchy,
    given: string | undefined,
    controller: string | undefined,
    wanted: boolean,
  ): string | undefined {
    const name = given === undefined ? this.parts.ownName : safeName(given);
    const known = this.#groups.get(hierarchy);
    if (known !== undefined && known.name !== name) {
      // a process is in exactly one group of a hierarchy
      if (wanted) this.#problems.push(`the group ${name} cannot be joined beside ${known.name}`);
      return undefined;
    }
    const group = known ?? { name, controllers: new Set<string>(), wanted };
    if (controller !== undefined) group.controllers.add(controller);
    this.#groups.set(hierarchy, group);
    return this.#directory(hierarchy, name);
  }

  #directory(hierarchy: CgroupHierarchy, name: string): string {
    return join(this.parts.baseOf(hierarchy), name);
  }
}

/** Names that the kernel's own files in a group have, or may get (cgroup-v2.rst, "Delegation": a leading `_` avoids them). */
const TAKEN =
  /^(?:_|\.|(?:cgroup|cpu|cpuacct|cpuset|memory|io|blkio|pids|devices|freezer|hugetlb|net_cls|net_prio|perf_event|rdma|misc|dmem)\.|tasks$|notify_on_release$|release_agent$|supervisor$)/;

/** The name of a job's own group: `sshd`, `getty:tty1`, `net%2Fapache`. No two jobs share one. */
export function groupNameOf({ name, instance }: JobRef): string {
  const parts = instance === '' ? [name] : [name, instance];
  return safeName(parts.map((part) => part.replace(/[/:%\n]/g, encodeURIComponent)).join(':'));
}

/**
 * The directory of a supervisor's groups: several supervisors may share one group, and the same one finds its groups again.
 * @param rundir its run directory
 */
export function groupScope(rundir: string): string {
  if (rundir === '/run/foster') return 'foster';
  return `foster-${createHash('sha256').update(rundir).digest('hex').slice(0, 8)}`;
}

/** A name that is no file's: `_cgroup.procs`. */
export function safeName(name: string): string {
  return TAKEN.test(name) ? `_${name}` : name;
}
