/** Groups of control in the kernel, as the engine uses them: moving, or, for a dry run, only saying so. */
import { makePlace } from '../kernel/cgroup-place.js';
import { moveProcess } from '../kernel/cgroup-files.js';
import { cgroupSetup, groupsOfProcess } from '../kernel/cgroup-layout.js';
import { readGroupFile } from '../kernel/cgroup-files.js';
import { SystemError } from '../kernel/system-error.js';
import type { Hierarchies, Place } from './placement.js';

/** `gone`: the process has ended meanwhile, which is no failure */
export type MoveOutcome = 'moved' | 'gone' | { readonly failed: string };

export interface GroupMover {
  /** where the process is, as /proc/PID/cgroup has it; undefined when it is gone */
  groupsOf(pid: number): ReadonlyMap<string, string> | undefined;
  move(place: Place, pid: number): MoveOutcome;
}

/** Groups that are not there are made, whether or not their name has a template. */
export const KERNEL_MOVER: GroupMover = {
  groupsOf: groupsOfProcess,
  move(place, pid) {
    try {
      return moveProcess(place.directory, pid) ? 'moved' : 'gone';
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code !== 'ENOENT') return { failed: withoutPid(error) };
    }
    try {
      makePlace(place);
      return moveProcess(place.directory, pid) ? 'moved' : 'gone';
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return { failed: withoutPid(error) };
    }
  },
};

export const DRY_MOVER: GroupMover = { groupsOf: groupsOfProcess, move: () => 'moved' };

/** What is mounted here. */
export function hierarchiesHere(): Hierarchies {
  const { hierarchies } = cgroupSetup();
  const unified = hierarchies.find(({ version }) => version === 2);
  const controllers = unified === undefined ? '' : (readGroupFile(unified.point, 'cgroup.controllers') ?? '');
  return { all: hierarchies, unified: new Set(controllers.split(/\s+/).filter((one) => one !== '')) };
}

/** Many processes may fail in the same way: that is to be said once. */
function withoutPid(error: SystemError): string {
  return `${error.attempt.replace(/^move process \d+ to/, 'move a process to')}: ${error.code} (${error.reason})`;
}
