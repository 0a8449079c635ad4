/** How foster learns in which namespaces processes are, and what that may miss: said where namespaces are shown. */

/** `perf-descendants`: the tracker is perf, which tells of what foster has started, without any right. */
export type NamespaceMethodName = 'perf' | 'perf-descendants' | 'proc';

export interface NamespaceMethod {
  readonly name: NamespaceMethodName;
  /** one sentence for people */
  readonly misses: string;
}

const LIMITATIONS = {
  perf: 'every change by clone, unshare and setns is told; one of the time namespace, of which perf does not know, at the next fork or exec',
  'perf-descendants':
    'every change by clone, unshare and setns is told, but none of the time namespace, and none of a process whose rights an exec has changed',
  proc: 'a change is seen when the process next forks, executes a program, or changes its session or user: one that is undone by then, or that a process makes and ends, is missed',
} as const satisfies Record<NamespaceMethodName, string>;

export function namespaceMethod(name: NamespaceMethodName): NamespaceMethod {
  return { name, misses: LIMITATIONS[name] };
}
