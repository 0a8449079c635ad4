/**
 * The groups that a previous supervisor made, each for one job. foster put every process in such a group there, or
 * one of its ancestors: only root (or foster's own user) can move a process into it. So the group proves whose the
 * process is, even if it has changed its user, session and limits.
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

interface FormerGroupsCalls {
  /** see `groupsOfProcess` */
  readonly groupsOf: (pid: number) => ReadonlyMap<string, string> | undefined;
  /** foster's own user */
  readonly uid: number;
}

const DEFAULT_CALLS: FormerGroupsCalls = { groupsOf: groupsOfProcess, uid: process.geteuid?.() ?? 0 };

/** Whoever can write to one of these can move processes into the group. Version 2 has no `tasks`. */
const ENTRY_FILES = ['', 'cgroup.procs', 'tasks'];

const OTHERS_WRITE = 0o022;

export class FormerGroups {
  /** job keys by the directory of the group */
  readonly #jobs = new Map<string, string>();

  constructor(
    private readonly hierarchies: readonly CgroupHierarchy[],
    private readonly calls = DEFAULT_CALLS,
  ) {}

  /** @param directories saved directories of the job's own groups */
  note(key: string, directories: readonly string[]): void {
    for (const directory of directories) this.#jobs.set(directory, key);
  }

  /**
   * Returns the key of the job in whose group the process is; undefined if it is in none, or if others could move it
   * there.
   */
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

  /** Returns the job of this group or of the nearest group above it: daemons make groups below their own. */
  #ownerOf(directory: string, { point }: CgroupHierarchy): string | undefined {
    for (let at = directory; at.startsWith(`${point}/`); at = dirname(at)) {
      const key = this.#jobs.get(at);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** Returns whether only root and foster's own user can move a process into the group. */
  #isClosed(directory: string): boolean {
    return ENTRY_FILES.every((file) => {
      try {
        const { uid, mode } = statSync(join(directory, file));
        return (uid === 0 || uid === this.calls.uid) && (mode & OTHERS_WRITE) === 0;
      } catch (error) {
        // version 2 has no `tasks`; any other missing file means that the group was removed meanwhile
        return nodeErrorCode(error) === 'ENOENT' && file === 'tasks';
      }
    });
  }
}
