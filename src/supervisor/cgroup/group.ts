/** The groups of one job in the kernel: reads, freezes, kills and removes them. */
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

/** Maximum number of passes over a group of version 1. Each pass kills what was forked during the one before. */
const PASSES = 100;

export class Group {
  constructor(readonly places: readonly CgroupPlace[]) {}

  /** Returns the group in version 2, which the kernel can kill and freeze as a whole. */
  get unified(): CgroupPlace | undefined {
    return this.places.find(({ hierarchy }) => hierarchy.version === 2);
  }

  get #freezer(): CgroupPlace | undefined {
    return this.places.find(({ hierarchy }) => hierarchy.controllers.includes('freezer'));
  }

  /** Returns the processes in the group, without those in groups below it. */
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

  /** Returns whether freezing was requested. Processes stop a moment later. */
  isFrozen(): boolean {
    const [unified, freezer] = [this.unified, this.#freezer];
    if (unified !== undefined && readGroupFile(unified.directory, 'cgroup.freeze')?.trim() === '1')
      return true;
    if (freezer === undefined) return false;
    return (readGroupFile(freezer.directory, 'freezer.state') ?? 'THAWED').trim() !== 'THAWED';
  }

  /**
   * Freezes or thaws the group.
   * @returns false if that is impossible: it takes version 2 on Linux 5.2, or the freezer of version 1
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

  /** Kills every process in the group: by cgroup.kill (Linux 5.14), or one by one. */
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

  /** Removes the groups. @returns false if one of them still has processes */
  remove(): boolean {
    return this.places.map(({ directory }) => removeGroup(directory)).every(Boolean);
  }

  /**
   * Signals a process in the group. The pidfd is opened before the check, so that the signal cannot hit another
   * process.
   */
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
