/** What has happened in a group since it was last looked at. */
import { readGroupFile } from '../../kernel/cgroup/files.js';
import type { Group } from './group.js';
import { flatKeyed, type GroupCounts } from './usage.js';

export type GroupChange =
  /** the kernel killed so many processes since the group was at its memory limit */
  | { readonly kind: 'oom-kill'; readonly count: number }
  /** the group went beyond memory.high so many times */
  | { readonly kind: 'memory-high'; readonly count: number }
  /** the last process has left */
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

/** Pure. */
export function compare(before: Seen, now: Seen): readonly GroupChange[] {
  const killed = (now.counts.oomKills ?? 0) - (before.counts.oomKills ?? 0);
  const high = (now.counts.memoryHigh ?? 0) - (before.counts.memoryHigh ?? 0);
  return [
    ...(killed > 0 ? [{ kind: 'oom-kill', count: killed } as const] : []),
    ...(high > 0 ? [{ kind: 'memory-high', count: high } as const] : []),
    ...(before.populated && !now.populated ? [{ kind: 'empty' } as const] : []),
  ];
}

/** undefined where the group is not, or no more, in version 2 */
function isPopulated({ unified }: Group): boolean | undefined {
  const text = unified && readGroupFile(unified.directory, 'cgroup.events');
  const populated = flatKeyed(text).get('populated');
  return populated === undefined ? undefined : populated === 1;
}
