/** The log message and the event for a change in a job's group. Pure. */
import type { JobRef } from '../core/contract.js';
import { jobLabel } from '../../tracker/job-key.js';
import type { GroupChange } from './group-changes.js';

/** `start on cgroup-event TYPE=oom-kill JOB=sshd` */
const GROUP_EVENT = 'cgroup-event';

export function groupEvent(
  { name, instance }: JobRef,
  change: GroupChange,
): { readonly event: string; readonly env: readonly string[] } {
  const count = change.kind === 'empty' ? [] : [`COUNT=${change.count}`];
  return {
    event: GROUP_EVENT,
    env: [`TYPE=${change.kind}`, `JOB=${name}`, `INSTANCE=${instance}`, ...count],
  };
}

/** Returns undefined for a change that is normal. */
export function groupMessage(job: JobRef, change: GroupChange): string | undefined {
  switch (change.kind) {
    case 'oom-kill': {
      const whom = change.count === 1 ? 'a process' : `${change.count} processes`;
      return `${jobLabel(job)}: the kernel killed ${whom} because its cgroup reached its memory limit`;
    }
    case 'memory-high':
      return `${jobLabel(job)}: its cgroup exceeded memory.high`;
    case 'empty':
      return undefined;
  }
}
