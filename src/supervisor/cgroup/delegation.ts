/**
 * Enables controllers for the groups of jobs. In version 2, a group that enables controllers for the groups below it
 * must not contain processes, unless it is the root (cgroup-v2.rst, "No Internal Process Constraint"). foster and its
 * jobs start in the group that was delegated to foster. So before the first controller is enabled, they all move to a
 * group of their own. foster changes nothing outside the delegated group (cgroup-v2.rst, "Delegation").
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

/** The group of foster itself and of jobs without a `cgroup` stanza, once a controller is enabled. */
export const RESIDENCE = 'supervisor';

/** The group contains processes that are not foster's. */
export class SharedGroupError extends Error {
  override readonly name = 'SharedGroupError';
}

/**
 * Returns the group that was delegated to foster.
 * @param own the group that foster is in; after a re-exec it may be the residence
 */
export function givenGroup(own: string, scope: string): string {
  const suffix = join('/', scope, RESIDENCE);
  return own.endsWith(suffix) ? own.slice(0, -suffix.length) || '/' : own;
}

/** Returns the controllers that can be enabled in this group. */
export function availableControllers(group: string): ReadonlySet<string> {
  return words(readGroupFile(group, 'cgroup.controllers'));
}

/**
 * Enables controllers for the groups of jobs.
 * @param base the directory of the jobs' groups, directly below the delegated group
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
  // a process may fork while it is moved; the next pass moves the child
  for (;;) {
    const ours = processesIn(given).filter((pid) => isOurs(pid, proc));
    if (ours.length === 0) break;
    for (const pid of ours) moveProcess(residence, pid);
  }
  const others = processesIn(given);
  if (others.length > 0)
    throw new SharedGroupError(
      `process ${others.slice(0, 3).join(', ')} in ${given} does not belong to foster: controllers need a group without other processes`,
    );
}

/** Returns whether foster or a job of it started the process. In a container, PID 1 started them all. */
function isOurs(pid: number, proc: ProcReader): boolean {
  if (process.pid === 1) return true;
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = proc.stat(at)?.parent)
    if (at === process.pid) return true;
  return false;
}

function words(text: string | undefined): ReadonlySet<string> {
  return new Set((text ?? '').split(/\s+/).filter((word) => word !== ''));
}
