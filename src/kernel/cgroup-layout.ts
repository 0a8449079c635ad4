/** Which control groups there are and where this process is in them (cgroups(7)), from /proc/self/mountinfo and /proc/self/cgroup. */
import { join, relative } from 'node:path';
import { readProcFile } from './proc-file.js';

/** `hybrid`: version 1 with a version 2 hierarchy that has no controllers beside it */
export type CgroupLayout = 'none' | 'v1' | 'v2' | 'hybrid';

/** One mounted hierarchy. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** version 1: what it controls, or `name=...` */
  readonly controllers: readonly string[];
  /** directory of the group that this process is in */
  readonly own: string;
  readonly readOnly: boolean;
}

export interface CgroupSetup {
  readonly layout: CgroupLayout;
  readonly hierarchies: readonly CgroupHierarchy[];
}

export function cgroupSetup(): CgroupSetup {
  const read = (path: string): string => readProcFile(path)?.toString('utf8') ?? '';
  return parseCgroupSetup(read('/proc/self/mountinfo'), read('/proc/self/cgroup'));
}

/**
 * @param mounts text of /proc/PID/mountinfo (proc_pid_mountinfo(5))
 * @param groups text of /proc/PID/cgroup
 */
export function parseCgroupSetup(mounts: string, groups: string): CgroupSetup {
  const paths = new Map(lines(groups).map((line): [string, string] => pathOf(line)));
  const hierarchies = lines(mounts).flatMap((line) => hierarchyOf(line, paths) ?? []);
  const [one, two] = [1, 2].map((version) => hierarchies.some((found) => found.version === version));
  const layout = one ? (two ? 'hybrid' : 'v1') : two ? 'v2' : 'none';
  return { layout, hierarchies };
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** `ID:CONTROLLERS:PATH`; no controllers for version 2 */
function pathOf(line: string): [string, string] {
  const [, controllers = '', ...path] = line.split(':');
  return [controllers, path.join(':')];
}

/** `ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [FIELDS...] - TYPE SOURCE SUPEROPTIONS` */
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
  // in a container that shows only its part of the tree, the mount's root is not the hierarchy's
  const inside = relative(root, paths.get(key) ?? '/');
  return {
    version,
    controllers: key === '' ? [] : key.split(','),
    own: inside.startsWith('..') ? point : join(point, inside),
    readOnly: [...options.split(','), ...flags].includes('ro'),
  };
}
