/** What the groups of jobs are called. Pure. */
import { createHash } from 'node:crypto';
import type { JobRef } from '../core/contract.js';

/** Names that the kernel's own files in a group have, or may get (cgroup-v2.rst, "Delegation": a leading `_` avoids them). */
const TAKEN =
  /^(?:_|\.|(?:cgroup|cpu|cpuacct|cpuset|memory|io|blkio|pids|devices|freezer|hugetlb|net_cls|net_prio|perf_event|rdma|misc|dmem)\.|tasks$|notify_on_release$|release_agent$|supervisor$)/;

/** The name of a job's own group: `sshd`, `getty:tty1`, `net%2Fapache`. No two jobs share one. */
export function groupNameOf({ name, instance }: JobRef): string {
  const parts = instance === '' ? [name] : [name, instance];
  return safeName(parts.map((part) => part.replace(/[/:%\n]/g, encodeURIComponent)).join(':'));
}

/**
 * The directory of a supervisor's groups: several supervisors may share one group, and the same one finds its groups again.
 * @param rundir its run directory
 */
export function groupScope(rundir: string): string {
  if (rundir === '/run/foster') return 'foster';
  return `foster-${createHash('sha256').update(rundir).digest('hex').slice(0, 8)}`;
}

/** A name that is no file's: `_cgroup.procs`. */
export function safeName(name: string): string {
  return TAKEN.test(name) ? `_${name}` : name;
}
