/** Puts processes into the groups of their jobs, and makes and limits these groups first. */
import { dirname } from 'node:path';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { CgroupSetting } from '../../jobfile/job-class/values.js';
import { makePlace, moveProcess, setGroupFile, type CgroupPlace } from '../../kernel/cgroup/files.js';
import type { CgroupHierarchy } from '../../kernel/cgroup/layout.js';
import type { ProcReader } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { JobRef } from '../core/contract.js';
import { environmentOf } from '../core/environment.js';
import { expand } from '../core/expansion.js';
import type { GroupBases } from './bases.js';
import { availableControllers, SharedGroupError, turnOn } from './delegation.js';
import { groupNameOf, planGroups, type GroupPlan, type PlannedGroup } from './plan.js';
import { jobKey } from '../../tracker/job-key.js';

/** The process to start, as far as its groups depend on it. */
export interface GroupRequest {
  readonly job: JobRef;
  readonly class: JobClass;
  /** `KEY=VALUE`, for variables in the names of groups */
  readonly env: readonly string[];
}

interface Entered {
  readonly places: readonly CgroupPlace[];
  /** what could not be done, in words */
  readonly problems: readonly string[];
}

/** The error message of makeGroup (kernel/cgroup/files.ts) starts so. */
const MAKING = 'make the cgroup ';

/** The variable for a job's own group in Upstart's cgroup stanza (init(5)). */
const OWN_GROUP = /^\$\{?UPSTART_CGROUP\}?$/;

export class GroupEntry {
  constructor(
    private readonly hierarchies: readonly CgroupHierarchy[],
    private readonly bases: GroupBases,
    private readonly proc: ProcReader,
  ) {}

  /** Plans the groups of a job, without making any. */
  plan({ job, class: jobClass, env }: GroupRequest): GroupPlan {
    const unified = this.hierarchies.find(({ version }) => version === 2);
    const problems: string[] = [];
    const settings = jobClass.cgroup.map((setting) => this.#expandName(setting, env, problems));
    const plan = planGroups({
      hierarchies: this.hierarchies,
      baseOf: (hierarchy) => this.bases.of(hierarchy, jobKey(job)),
      available: unified === undefined ? new Set() : availableControllers(this.bases.given(unified)),
      settings,
      ownName: groupNameOf(job),
    });
    return { ...plan, problems: [...problems, ...plan.problems] };
  }

  #expandName(setting: CgroupSetting, env: readonly string[], problems: string[]): CgroupSetting {
    const { name, ...rest } = setting;
    if (name === undefined || OWN_GROUP.test(name)) return rest;
    const expansion = expand(name, environmentOf(env));
    if (expansion.ok) return { ...rest, name: expansion.text.replaceAll('/', '%2F') };
    problems.push(`${name}: ${expansion.message}`);
    return rest;
  }

  /**
   * Makes the groups of the job, sets their limits, and puts the process into them.
   * @returns the groups that the process is in, and what went wrong
   */
  enter(pid: number, request: GroupRequest): Entered {
    const plan = this.plan(request);
    const problems = [...plan.problems];
    const places = plan.groups.filter((group) => this.#enterOne(group, pid, plan, problems));
    if (places.length === 0 && problems.length === 0) problems.push('no group could be made');
    return { places, problems };
  }

  #enterOne(place: PlannedGroup, pid: number, plan: GroupPlan, problems: string[]): boolean {
    const { directory, controllers, wanted, hierarchy } = place;
    try {
      makePlace(place);
      if (controllers.length > 0) turnOn(dirname(directory), controllers, this.proc);
    } catch (error) {
      const reason = reasonOf(error);
      // without permission every group fails in the same way, so one message is enough; and none for groups that the
      // job file does not ask for
      const isReported = problems.some((problem) => problem.startsWith(MAKING));
      if (!isReported && (wanted || hierarchy.version === 2)) problems.push(reason);
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
}

function reasonOf(error: unknown): string {
  if (error instanceof SystemError || error instanceof SharedGroupError) return error.message;
  throw error;
}
