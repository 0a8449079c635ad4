/** One directory of a hierarchy, made so that processes can be in it. */
import { join } from 'node:path';
import { makeGroup, readGroupFile, setGroupFile } from './cgroup-files.js';
import type { CgroupHierarchy } from './cgroup-layout.js';

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

/** A new cpuset of version 1 has no processors and no memory, and takes no process before it has (cgroup-v1/cpusets.rst). */
function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const above = readGroupFile(join(directory, '..'), file)?.trim();
    if (above !== undefined && readGroupFile(directory, file)?.trim() === '')
      setGroupFile(directory, file, above);
  }
}
