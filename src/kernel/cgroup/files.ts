/**
 * The files of control groups (cgroups(7); Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of the kernel): making and
 * removing groups, moving processes, reading and setting. A group is named by its directory.
 */
import { existsSync, mkdirSync, rmdirSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { directoryEntries } from '../files/directory-entries.js';
import { fromNodeError, nodeErrorCode } from '../errno.js';
import type { Disposable } from '../kernel.js';
import { readProcFile } from '../proc/proc-file.js';
import type { CgroupHierarchy } from './layout.js';

export function groupExists(directory: string): boolean {
  return existsSync(directory);
}

/** The errors of a group that is removed before or while it is read (ENODEV). */
const GONE = new Set(['ENOENT', 'ENODEV']);

/**
 * Returns the groups directly below a group.
 * @throws SystemError (ENOENT, ENODEV: it has been removed)
 */
export function groupsIn(directory: string): readonly string[] {
  return [...directoryEntries(directory)].filter(({ type }) => type === 'directory').map(({ name }) => name);
}

/**
 * Creates a group and its missing parents.
 * @returns those created, the highest first
 * @throws SystemError (EACCES, EROFS: not permitted; EAGAIN: cgroup.max.descendants)
 */
export function makeGroup(directory: string): readonly string[] {
  try {
    mkdirSync(directory);
    return [directory];
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'EEXIST') return [];
    if (code !== 'ENOENT' || dirname(directory) === directory) {
      throw fromNodeError(error, `make the cgroup ${directory}`);
    }
  }
  return [...makeGroup(dirname(directory)), ...makeGroup(directory)];
}

/**
 * Removes a group and the groups below it.
 * @returns false if one of them contains a process or an unreaped zombie (EBUSY); then only empty groups
 * below it were removed
 * @throws SystemError
 */
export function removeGroup(directory: string): boolean {
  try {
    for (const name of groupsIn(directory)) if (!removeGroup(join(directory, name))) return false;
    rmdirSync(directory);
    return true;
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'EBUSY') return false;
    if (code !== undefined && GONE.has(code)) return true;
    throw fromNodeError(error, `remove the cgroup ${directory}`);
  }
}

/**
 * Moves a process with all its threads.
 * @returns false if it has ended meanwhile (ESRCH), which is no error
 * @throws SystemError (EACCES; EBUSY: a version 2 group with enabled controllers; ENOSPC: a cpuset without
 * cpus)
 */
export function moveProcess(directory: string, pid: number): boolean {
  try {
    writeFileSync(join(directory, 'cgroup.procs'), String(pid), { flag: 'r+' });
    return true;
  } catch (error) {
    if (nodeErrorCode(error) === 'ESRCH') return false;
    throw fromNodeError(error, `move process ${pid} to the cgroup ${directory}`);
  }
}

/** @throws SystemError (EINVAL, ERANGE: the kernel rejects the value; ENOENT: there is no such file) */
export function setGroupFile(directory: string, file: string, value: string): void {
  try {
    // never created: a missing file is not offered by the kernel
    writeFileSync(join(directory, file), value, { flag: 'r+' });
  } catch (error) {
    throw fromNodeError(error, `set ${file} of the cgroup ${directory} to "${value}"`);
  }
}

/** Returns undefined if there is no such file or group, or it may not be read. */
export function readGroupFile(directory: string, file: string): string | undefined {
  return readProcFile(join(directory, file))?.toString('utf8');
}

/** Returns the processes in a group, without those in groups below it; none if there is no such group. */
export function processesIn(directory: string): readonly number[] {
  const text = readGroupFile(directory, 'cgroup.procs') ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

/**
 * Calls back whenever the kernel changes a file such as cgroup.events (with inotify, see cgroup-v2.rst),
 * until disposed.
 */
export function watchGroupFile(directory: string, file: string, changed: () => void): Disposable {
  try {
    const watcher = watch(join(directory, file), { persistent: false }, (event) => {
      if (event === 'change') changed();
    });
    // the group has been removed: no more events will come
    watcher.on('error', () => watcher.close());
    return { dispose: () => watcher.close() };
  } catch (error) {
    throw fromNodeError(error, `watch ${file} of the cgroup ${directory}`);
  }
}

export interface CgroupPlace {
  readonly hierarchy: CgroupHierarchy;
  readonly directory: string;
}

/** @throws SystemError */
export function makePlace({ hierarchy, directory }: CgroupPlace): void {
  const made = makeGroup(directory);
  if (hierarchy.version === 1 && hierarchy.controllers.includes('cpuset'))
    for (const one of made) inheritCpuset(one);
}

/**
 * Copies the parent's cpuset. A new version 1 cpuset has no processors and no memory, and accepts no process
 * until it has (cgroup-v1/cpusets.rst).
 */
function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const above = readGroupFile(join(directory, '..'), file)?.trim();
    if (above !== undefined && readGroupFile(directory, file)?.trim() === '')
      setGroupFile(directory, file, above);
  }
}
