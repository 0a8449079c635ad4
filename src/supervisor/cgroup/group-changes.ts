/** Finds out what has happened in a group since the last check, and its log message and event. */
import { readGroupFile } from '../../kernel/cgroup/files.js';
import type { Group } from './group.js';
import { flatKeyed, type GroupCounts } from './usage.js';
import type { JobRef } from '../core/contract.js';
import { jobLabel } from '../../tracker/job-key.js';

type GroupChange =
  /** the kernel killed `count` processes because the group reached its memory limit */
  | { readonly kind: 'oom-kill'; readonly count: number }
  /** the group exceeded memory.high `count` times */
  | { readonly kind: 'memory-high'; readonly count: number }
  /** the group has no process any more */
  | { readonly kind: 'empty' };

interface Seen {
  readonly counts: GroupCounts;
  readonly populated: boolean;
}

export function changesOf(before: Seen, group: Group): Seen & { readonly changes: readonly GroupChange[] } {
  const counts = group.counts();
  const populated = isPopulated(group) ?? before.populated;
  return { counts, populated, changes: compare(before, { counts, populated }) };
}

/** Returns the changes between two looks. Pure. */
export function compare(before: Seen, now: Seen): readonly GroupChange[] {
  const killed = (now.counts.oomKills ?? 0) - (before.counts.oomKills ?? 0);
  const high = (now.counts.memoryHigh ?? 0) - (before.counts.memoryHigh ?? 0);
  return [
    ...(killed > 0 ? [{ kind: 'oom-kill', count: killed } as const] : []),
    ...(high > 0 ? [{ kind: 'memory-high', count: high } as const] : []),
    ...(before.populated && !now.populated ? [{ kind: 'empty' } as const] : []),
  ];
}

/** Tests whether the group has processes; undefined if it is not in version 2, or no longer exists. */
function isPopulated({ unified }: Group): boolean | undefined {
  const text = unified && readGroupFile(unified.directory, 'cgroup.events');
  const populated = flatKeyed(text).get('populated');
  return populated === undefined ? undefined : populated === 1;
}

/** `start on cgroup-event TYPE=oom-kill JOB=sshd` */
const GROUP_EVENT = 'cgroup-event';

/** Returns the event that foster emits for a change in a job's group. */
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

/** Returns the log message for a change; undefined for one that is normal. */
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
