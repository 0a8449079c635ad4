/**
 * Finds the mounted control groups and this process's place in them (cgroups(7)), from /proc/self/mountinfo
 * and /proc/self/cgroup.
 */
import { join, relative } from 'node:path';
import { readProcText } from '../proc/proc-file.js';

/** `hybrid`: version 1 with a version 2 hierarchy that has no controllers beside it */
export type CgroupLayout = 'none' | 'v1' | 'v2' | 'hybrid';

/** One mounted hierarchy. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** version 1: what it controls, or `name=...` */
  readonly controllers: readonly string[];
  /** where it is mounted */
  readonly point: string;
  /** the group visible there: `/`, or the container's part of the tree */
  readonly root: string;
  /** directory of the group that this process is in */
  readonly own: string;
  readonly readOnly: boolean;
}

export interface CgroupSetup {
  readonly layout: CgroupLayout;
  readonly hierarchies: readonly CgroupHierarchy[];
}

export function cgroupSetup(): CgroupSetup {
  return parseCgroupSetup(readProcText('/proc/self/mountinfo'), readProcText('/proc/self/cgroup'));
}

/**
 * Returns the groups of a process by controllers, as in /proc/PID/cgroup (`cpu,cpuacct`, and `` for version
 * 2); undefined if it is gone.
 */
export function groupsOfProcess(pid: number): ReadonlyMap<string, string> | undefined {
  const text = readProcText(`/proc/${pid}/cgroup`);
  return text === '' ? undefined : parseGroups(text);
}

/** @param text of /proc/PID/cgroup */
export function parseGroups(text: string): ReadonlyMap<string, string> {
  return new Map(lines(text).map((line): [string, string] => pathOf(line)));
}

/** Returns the key of this hierarchy in the result of `groupsOfProcess`. */
export function groupKey({ version, controllers }: CgroupHierarchy): string {
  return version === 2 ? '' : controllers.join(',');
}

/** Returns the directory of a group, given its path in /proc/PID/cgroup. */
export function groupDirectory(
  { root, point }: Pick<CgroupHierarchy, 'root' | 'point'>,
  path: string,
): string {
  const inside = relative(root, path);
  return inside.startsWith('..') ? point : join(point, inside);
}

/**
 * @param mounts text of /proc/PID/mountinfo (proc_pid_mountinfo(5))
 * @param groups text of /proc/PID/cgroup
 */
export function parseCgroupSetup(mounts: string, groups: string): CgroupSetup {
  const paths = parseGroups(groups);
  const hierarchies = lines(mounts).flatMap((line) => hierarchyOf(line, paths) ?? []);
  const [one, two] = [1, 2].map((version) => hierarchies.some((found) => found.version === version));
  const layout = one ? (two ? 'hybrid' : 'v1') : two ? 'v2' : 'none';
  return { layout, hierarchies };
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Parses `ID:CONTROLLERS:PATH`; no controllers for version 2 */
function pathOf(line: string): [string, string] {
  const [, controllers = '', ...path] = line.split(':');
  return [controllers, path.join(':')];
}

/** Parses `ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [FIELDS...] - TYPE SOURCE SUPEROPTIONS` */
function hierarchyOf(line: string, paths: ReadonlyMap<string, string>): CgroupHierarchy | undefined {
  const [mount = '', file = ''] = line.split(' - ');
  const [, , , root = '/', point = '', options = ''] = mount.split(' ');
  const [type, , superOptions = ''] = file.split(' ');
  if (type !== 'cgroup' && type !== 'cgroup2') return undefined;
  const version = type === 'cgroup2' ? 2 : 1;
  const flags = superOptions.split(',');
  const key = [...paths.keys()].find((controllers) =>
    version === 2
      ? controllers === ''
      : controllers !== '' && controllers.split(',').every((one) => flags.includes(one)),
  );
  if (key === undefined) return undefined;
  const hierarchy = { version, controllers: key === '' ? [] : key.split(','), point, root } as const;
  return {
    ...hierarchy,
    // in a container that shows only its part of the tree, the mount's root is not the hierarchy's
    own: groupDirectory(hierarchy, paths.get(key) ?? '/'),
    readOnly: [...options.split(','), ...flags].includes('ro'),
  };
}
