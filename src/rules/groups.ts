/** Makes control groups and moves processes for the engine, or, in a dry run, only reports it. */
import { groupExists, moveProcess, readGroupFile } from '../kernel/cgroup/files.js';
import { cgroupSetup, groupsOfProcess } from '../kernel/cgroup/layout.js';
import { SystemError } from '../kernel/system-error.js';
import type { Hierarchies, Place } from './placement.js';
import type { Level } from './templates/levels.js';
import { groupsToMake, makeGroups, type Making } from './templates/making.js';

interface Failure {
  readonly failed: string;
}

/**
 * `gone`: the process has ended meanwhile, which is no failure; `no group`: the group has to be made first
 */
export type MoveOutcome = 'moved' | 'gone' | 'no group' | Failure;

export interface GroupMover {
  /** the groups of the process, as in /proc/PID/cgroup; undefined if it is gone */
  groupsOf(pid: number): ReadonlyMap<string, string> | undefined;
  move(place: Place, pid: number): MoveOutcome;
  /** Makes the group of a place, and its missing parents. */
  make(place: Place, levels: readonly Level[], making: Making): Failure | undefined;
}

/** Makes missing groups, with or without a template. */
export const KERNEL_MOVER: GroupMover = {
  groupsOf: groupsOfProcess,
  move(place, pid) {
    try {
      return moveProcess(place.directory, pid) ? 'moved' : 'gone';
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return error.code === 'ENOENT' ? 'no group' : { failed: withoutPid(error) };
    }
  },
  make(place, levels, making) {
    try {
      makeGroups(place, levels, making);
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return { failed: withoutPid(error) };
    }
  },
};

/** Only reports what would be made and moved. */
export class DryMover implements GroupMover {
  readonly groupsOf = groupsOfProcess;
  /** groups that would exist by now */
  readonly #made = new Set<string>();

  move({ directory }: Place): MoveOutcome {
    return this.#made.has(directory) || groupExists(directory) ? 'moved' : 'no group';
  }

  make(place: Place, levels: readonly Level[], making: Making): undefined {
    for (const made of groupsToMake(place, levels, making)) {
      if (this.#made.has(made.directory)) continue;
      this.#made.add(made.directory);
      making.made(made);
    }
  }
}

/** Returns the mounted hierarchies. */
export function hierarchiesHere(): Hierarchies {
  const { hierarchies } = cgroupSetup();
  const unified = hierarchies.find(({ version }) => version === 2);
  const controllers = unified === undefined ? '' : (readGroupFile(unified.point, 'cgroup.controllers') ?? '');
  return { all: hierarchies, unified: new Set(controllers.split(/\s+/).filter((one) => one !== '')) };
}

/** Formats an error without the pid: many processes may fail in the same way, which is reported once. */
function withoutPid(error: SystemError): string {
  return `${error.attempt.replace(/^move process \d+ to/, 'move a process to')}: ${error.code} (${error.reason})`;
}
