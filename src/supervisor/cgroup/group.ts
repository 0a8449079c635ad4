/** The groups of one job, as they are in the kernel: entering, reading, freezing, killing, removing. */
import {
  type CgroupPlace,
  processesIn,
  readGroupFile,
  removeGroup,
  setGroupFile,
} from '../../kernel/cgroup/files.js';
import {
  groupsOfProcess,
  groupDirectory,
  groupKey,
  type CgroupHierarchy,
} from '../../kernel/cgroup/layout.js';
import type { ProcessCalls } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import { countsOf, usageOf, type GroupCounts, type GroupUsage, type ReadFile } from './usage.js';

const SIGKILL = 9;

/** How often a group of version 1 is gone through: each pass kills what the one before missed. */
const PASSES = 100;

export class Group {
  constructor(readonly places: readonly CgroupPlace[]) {}

  /** The place of version 2, which can kill and freeze by itself. */
  get unified(): CgroupPlace | undefined {
    return this.places.find(({ hierarchy }) => hierarchy.version === 2);
  }

  get #freezer(): CgroupPlace | undefined {
    return this.places.find(({ hierarchy }) => hierarchy.controllers.includes('freezer'));
  }

  /** The processes that are in the group, or in one below it that they have made. */
  processes(): readonly number[] {
    const place = this.unified ?? this.places[0];
    return place === undefined ? [] : processesIn(place.directory);
  }

  usage(): GroupUsage {
    return usageOf(this.#readers());
  }

  counts(): GroupCounts {
    return countsOf(this.#readers());
  }

  /** Whether it was told to freeze; processes stop a moment later. */
  isFrozen(): boolean {
    const [unified, freezer] = [this.unified, this.#freezer];
    if (unified !== undefined && readGroupFile(unified.directory, 'cgroup.freeze')?.trim() === '1')
      return true;
    if (freezer === undefined) return false;
    return (readGroupFile(freezer.directory, 'freezer.state') ?? 'THAWED').trim() !== 'THAWED';
  }

  /**
   * @returns false where nothing here can freeze: version 2 since Linux 5.2, or the freezer of version 1
   * @throws SystemError
   */
  freeze(frozen: boolean): boolean {
    const [unified, freezer] = [this.unified, this.#freezer];
    if (unified !== undefined && readGroupFile(unified.directory, 'cgroup.freeze') !== undefined) {
      setGroupFile(unified.directory, 'cgroup.freeze', frozen ? '1' : '0');
      return true;
    }
    if (freezer === undefined) return false;
    setGroupFile(freezer.directory, 'freezer.state', frozen ? 'FROZEN' : 'THAWED');
    return true;
  }

  /** Ends every process in the group at once: by cgroup.kill (Linux 5.14), or one by one. */
  kill(calls: Pick<ProcessCalls, 'openPidfd'>): void {
    const { unified } = this;
    if (unified !== undefined) {
      try {
        return setGroupFile(unified.directory, 'cgroup.kill', '1');
      } catch (error) {
        if (!(error instanceof SystemError) || error.code !== 'ENOENT') throw error;
      }
    }
    const killed = new Set<number>();
    for (let pass = 0; pass < PASSES; pass++) {
      const fresh = this.processes().filter((pid) => !killed.has(pid));
      if (fresh.length === 0) return;
      for (const pid of fresh) {
        killed.add(pid);
        this.signal(pid, [SIGKILL], calls);
      }
    }
  }

  /** @returns false while somebody is in it */
  remove(): boolean {
    return this.places.map(({ directory }) => removeGroup(directory)).every(Boolean);
  }

  /** To a process in the group: through a pidfd that is opened before it is looked at, so that it is this process or none. */
  signal(pid: number, signals: readonly number[], calls: Pick<ProcessCalls, 'openPidfd'>): void {
    const place = this.unified ?? this.places[0];
    const pidfd = calls.openPidfd(pid);
    if (pidfd === undefined) return;
    try {
      const path = place && groupsOfProcess(pid)?.get(groupKey(place.hierarchy));
      if (place === undefined || path === undefined) return;
      if (groupDirectory(place.hierarchy, path) !== place.directory) return;
      for (const signal of signals) pidfd.signal(signal);
    } finally {
      pidfd.close();
    }
  }

  #readers(): readonly (readonly [CgroupHierarchy, ReadFile])[] {
    return this.places.map(({ hierarchy, directory }) => [
      hierarchy,
      (file) => readGroupFile(directory, file),
    ]);
  }
}
