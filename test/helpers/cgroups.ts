/** Control groups of the machine on which the tests run: what of them can be used. */
import { existsSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeGroup } from '../../src/kernel/cgroup/files.js';
import { cgroupSetup, type CgroupHierarchy } from '../../src/kernel/cgroup/layout.js';
import { SystemError } from '../../src/kernel/system-error.js';

/** The hierarchies of version 1 with these controllers, or the reason why a test has to be left out. */
export function version1(...controllers: readonly string[]): readonly CgroupHierarchy[] | string {
  const { hierarchies } = cgroupSetup();
  const found = controllers.map((one) =>
    hierarchies.find((hierarchy) => hierarchy.controllers.includes(one)),
  );
  const missing = controllers.find((_, index) => found[index] === undefined);
  if (missing !== undefined) return `the controller ${missing} is not mounted as version 1 here`;
  const present = found.filter((hierarchy) => hierarchy !== undefined);
  return reasonAgainst(present) ?? present;
}

/** Why no groups can be made there; undefined when they can. */
function reasonAgainst(hierarchies: readonly CgroupHierarchy[]): string | undefined {
  for (const { own } of hierarchies) {
    const probe = join(own, `foster-test-${process.pid}`);
    try {
      makeGroup(probe);
      rmdirSync(probe);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return `no group can be made here: ${error.message}`;
    }
  }
  return undefined;
}

/** Whether version 2 is mounted somewhere, as it is needed to kill and to hear of empty groups. */
export function hasUnified(): boolean {
  return cgroupSetup().hierarchies.some(({ version }) => version === 2);
}

/** The group of a process in the hierarchy with this controller, as the kernel names it. */
export function groupOf(pid: number, controller: string): string | undefined {
  const file = `/proc/${pid}/cgroup`;
  if (!existsSync(file)) return undefined;
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.split(':')[1]?.split(',').includes(controller));
  return line?.split(':').slice(2).join(':');
}
