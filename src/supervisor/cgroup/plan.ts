/** Plans the groups of a job and their limits, from its `cgroup` stanza and the mounted hierarchies. Pure. */
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
  /** version 2: controllers that the groups above must enable */
  readonly controllers: readonly string[];
  /** the job file asks for it; other groups are for usage, freezing and killing, and are optional */
  readonly wanted: boolean;
}

interface PlannedFile {
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

interface PlanParts {
  readonly hierarchies: readonly CgroupHierarchy[];
  /** the directory below which foster makes groups, by hierarchy */
  readonly baseOf: (hierarchy: CgroupHierarchy) => string;
  /** version 2: controllers that can be enabled for jobs */
  readonly available: ReadonlySet<string>;
  /** the lines of the stanza with expanded names; a line without a name means the job's own group */
  readonly settings: readonly CgroupSetting[];
  /** name of the job's own group */
  readonly ownName: string;
}

/** Controllers of version 1 that a job always gets, if they are mounted: they measure what it uses, and freeze it. */
const ALWAYS = ['memory', 'cpuacct', 'pids', 'blkio', 'freezer'];
/** The same for version 2, where freezing and processor time need no controller. */
const ALWAYS_2 = ['memory', 'pids', 'io'];

/** The name of a controller in the other version. */
const OTHER_NAME: Readonly<Record<string, string>> = { io: 'blkio', blkio: 'io' };

export function planGroups(parts: PlanParts): GroupPlan {
  const { hierarchies, settings } = parts;
  if (hierarchies.length === 0)
    return { groups: [], files: [], problems: ['no control groups are mounted here'] };
  const planner = new Planner(parts);
  for (const setting of settings) planner.addSetting(setting);
  planner.addOthers();
  return planner.plan();
}

class Planner {
  readonly #groups = new Map<CgroupHierarchy, { name: string; controllers: Set<string>; wanted: boolean }>();
  readonly #files: PlannedFile[] = [];
  readonly #problems: string[] = [];

  constructor(private readonly parts: PlanParts) {}

  addSetting({ controller, name, key, value }: CgroupSetting): void {
    // `*` asks only for groups of its own
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
    // files such as cgroup.max.descendants need no controller in version 2
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

  /**
   * Puts the job into a group.
   * @returns its directory; undefined if the job is in another group of the hierarchy already
   */
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

/**
 * Names that files of the kernel have or may get in a group (cgroup-v2.rst, "Delegation", recommends a leading `_`).
 */
const RESERVED =
  /^(?:_|\.|(?:cgroup|cpu|cpuacct|cpuset|memory|io|blkio|pids|devices|freezer|hugetlb|net_cls|net_prio|perf_event|rdma|misc|dmem)\.|tasks$|notify_on_release$|release_agent$|supervisor$)/;

/** Returns the name of a job's own group, which is unique: `sshd`, `getty:tty1`, `net%2Fapache`. */
export function groupNameOf({ name, instance }: JobRef): string {
  const parts = instance === '' ? [name] : [name, instance];
  return safeName(parts.map((part) => part.replace(/[/:%\n]/g, encodeURIComponent)).join(':'));
}

/**
 * Returns the name of the directory of a supervisor's groups. It depends on the run directory, so that several
 * supervisors can share a group, and each finds its own groups again.
 * @param rundir its run directory
 */
export function groupScope(rundir: string): string {
  if (rundir === '/run/foster') return 'foster';
  return `foster-${createHash('sha256').update(rundir).digest('hex').slice(0, 8)}`;
}

/** Returns a name that cannot be a file of the kernel: `_cgroup.procs`. */
function safeName(name: string): string {
  return RESERVED.test(name) ? `_${name}` : name;
}
