/**
 * How foster learns the namespaces of processes, and what that method may miss; shown wherever namespaces are
 * shown.
 */

/** `perf-descendants`: the tracker is perf, which reports foster's own descendants without privileges. */
export type NamespaceMethodName = 'perf' | 'perf-descendants' | 'proc';

export interface NamespaceMethod {
  readonly name: NamespaceMethodName;
  /** one sentence for people */
  readonly misses: string;
}

const LIMITATIONS = {
  perf: 'every change by clone, unshare and setns is reported; one of the time namespace, for which perf has no records, at the next fork or exec',
  'perf-descendants':
    'every change by clone, unshare and setns is reported, but none of the time namespace, and none of a process whose rights an exec has changed',
  proc: 'a change is seen when the process next forks, executes a program, or changes its session or user: one that is undone by then, or that a process makes and ends, is missed',
} as const satisfies Record<NamespaceMethodName, string>;

export function namespaceMethod(name: NamespaceMethodName): NamespaceMethod {
  return { name, misses: LIMITATIONS[name] };
}
