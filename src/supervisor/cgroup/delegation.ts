/**
 * Version 2 keeps processes and controllers apart: a group that turns controllers on for the groups below it may hold no
 * process itself, unless it is the root (cgroup-v2.rst, "No Internal Process Constraint"). foster begins in the group that it
 * was given, with its jobs, so they all move to a group beside those of the jobs before the first controller is turned on.
 * Nothing outside the given group is ever touched (cgroup-v2.rst, "Delegation").
 */
import { dirname, join } from 'node:path';
import {
  makeGroup,
  moveProcess,
  processesIn,
  readGroupFile,
  setGroupFile,
} from '../../kernel/cgroup/files.js';
import type { ProcReader } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';

/** Where foster itself, and jobs without a `cgroup` stanza, are once a controller has been turned on. */
export const RESIDENCE = 'supervisor';

/** A group that foster was not given alone: somebody else's processes are in it. */
export class SharedGroupError extends Error {
  override readonly name = 'SharedGroupError';
}

/**
 * The group that foster was given.
 * @param own the group that it is in, which may be its residence when it has replaced itself
 */
export function givenGroup(own: string, scope: string): string {
  const suffix = join('/', scope, RESIDENCE);
  return own.endsWith(suffix) ? own.slice(0, -suffix.length) || '/' : own;
}

/** Controllers that may be turned on in this group. */
export function availableControllers(group: string): ReadonlySet<string> {
  return words(readGroupFile(group, 'cgroup.controllers'));
}

/**
 * Turns controllers on for the groups of jobs.
 * @param base the directory of the jobs' groups, right below the group that foster was given
 * @throws SystemError, SharedGroupError
 */
export function turnOn(base: string, controllers: readonly string[], proc: ProcReader): void {
  const given = dirname(base);
  for (const group of [given, base]) {
    const on = words(readGroupFile(group, 'cgroup.subtree_control'));
    const missing = controllers.filter((controller) => !on.has(controller));
    if (missing.length === 0) continue;
    const enable = (): void =>
      setGroupFile(group, 'cgroup.subtree_control', missing.map((one) => `+${one}`).join(' '));
    try {
      enable();
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== 'EBUSY' || group !== given) throw error;
      moveOut(given, join(base, RESIDENCE), proc);
      enable();
    }
  }
}

function moveOut(given: string, residence: string, proc: ProcReader): void {
  makeGroup(residence);
  // who forks while it is moved leaves a child behind: it is met by the next pass
  for (;;) {
    const ours = processesIn(given).filter((pid) => isOurs(pid, proc));
    if (ours.length === 0) break;
    for (const pid of ours) moveProcess(residence, pid);
  }
  const others = processesIn(given);
  if (others.length > 0)
    throw new SharedGroupError(
      `process ${others.slice(0, 3).join(', ')} in ${given} is not foster's: controllers need a group that foster has for itself`,
    );
}

/** In a container everything is PID 1's. */
function isOurs(pid: number, proc: ProcReader): boolean {
  if (process.pid === 1) return true;
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = proc.stat(at)?.parent)
    if (at === process.pid) return true;
  return false;
}

function words(text: string | undefined): ReadonlySet<string> {
  return new Set((text ?? '').split(/\s+/).filter((word) => word !== ''));
}
