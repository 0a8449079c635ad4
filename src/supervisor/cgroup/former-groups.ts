/**
 * Groups that a former supervisor made for one job each. Who is in such a group was put there by foster, or is a descendant of
 * somebody who was, whatever user, session and limits it has by now: nobody but root (or foster's own user) can enter it.
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  groupDirectory,
  groupKey,
  groupsOfProcess,
  type CgroupHierarchy,
} from '../../kernel/cgroup/layout.js';
import { nodeErrorCode } from '../../kernel/errno.js';

export interface FormerGroupsCalls {
  /** see `groupsOfProcess` */
  readonly groupsOf: (pid: number) => ReadonlyMap<string, string> | undefined;
  /** as whom foster runs */
  readonly uid: number;
}

const DEFAULT_CALLS: FormerGroupsCalls = { groupsOf: groupsOfProcess, uid: process.geteuid?.() ?? 0 };

/** By which processes are moved into a group; version 2 has no `tasks`. */
const DOORS = ['', 'cgroup.procs', 'tasks'];

const OTHERS_WRITE = 0o022;

export class FormerGroups {
  /** key of the job, by the directory of its group */
  readonly #jobs = new Map<string, string>();

  constructor(
    private readonly hierarchies: readonly CgroupHierarchy[],
    private readonly calls = DEFAULT_CALLS,
  ) {}

  /** @param directories of the job's own groups, as they were saved */
  note(key: string, directories: readonly string[]): void {
    for (const directory of directories) this.#jobs.set(directory, key);
  }

  /** Key of the job in whose group the process is; undefined for one that is in none, or in one that others can enter. */
  readonly jobOf = (pid: number): string | undefined => {
    const paths = this.#jobs.size === 0 ? undefined : this.calls.groupsOf(pid);
    if (paths === undefined) return undefined;
    for (const hierarchy of this.hierarchies) {
      const path = paths.get(groupKey(hierarchy));
      const directory = path === undefined ? undefined : groupDirectory(hierarchy, path);
      const key = directory === undefined ? undefined : this.#ownerOf(directory, hierarchy);
      if (key !== undefined && this.#isClosed(directory!)) return key;
    }
    return undefined;
  };

  /** The job whose group this is, or is above this one: daemons make groups below their own. */
  #ownerOf(directory: string, { point }: CgroupHierarchy): string | undefined {
    for (let at = directory; at.startsWith(`${point}/`); at = dirname(at)) {
      const key = this.#jobs.get(at);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** Whether nobody but root and foster's own user can move a process into the group. */
  #isClosed(directory: string): boolean {
    return DOORS.every((file) => {
      try {
        const { uid, mode } = statSync(join(directory, file));
        return (uid === 0 || uid === this.calls.uid) && (mode & OTHERS_WRITE) === 0;
      } catch (error) {
        // `tasks`, or a group that has been removed meanwhile
        return nodeErrorCode(error) === 'ENOENT' && file === 'tasks';
      }
    });
  }
}
