/** Finds out what has happened in a group since the last check. */
import { readGroupFile } from '../../kernel/cgroup/files.js';
import type { Group } from './group.js';
import { flatKeyed, type GroupCounts } from './usage.js';

export type GroupChange =
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
