import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupSetup, type CgroupHierarchy } from '../../kernel/cgroup/layout.js';
import type { CgroupReport, Finding } from './report.js';
import { messageOf } from '../../text/phrases.js';

/**
 * Tries to make a group in each hierarchy, and removes it again. There is no other way to find out what a container's
 * mounts allow.
 */
export function examineCgroups(): CgroupReport {
  const { layout, hierarchies } = cgroupSetup();
  return { layout, hierarchies: hierarchies.map(examine) };
}

function examine(hierarchy: CgroupHierarchy): CgroupReport['hierarchies'][number] {
  const { version, controllers, own, readOnly } = hierarchy;
  if (readOnly) {
    const reason = 'it is mounted read-only, as in an ordinary container';
    return { version, controllers, own, delegated: { works: false, reason }, kill: null };
  }
  const probe = join(own, `foster-doctor-${process.pid}`);
  const delegated = make(probe);
  if (!delegated.works) return { version, controllers, own, delegated, kill: null };
  const kill = existsSync(join(probe, 'cgroup.kill'));
  rmdirSync(probe);
  return { version, controllers, own, delegated, kill };
}

function make(directory: string): Finding {
  try {
    mkdirSync(directory);
    return { works: true, detail: 'groups can be made here' };
  } catch (error) {
    return { works: false, reason: messageOf(error) };
  }
}
