/** Namespaces by the inode numbers of /proc/PID/ns/* (namespaces(7)). */

import { readProcFile, readProcLink } from './proc-file.js';

export type NamespaceKind = 'pid' | 'net' | 'mnt' | 'uts' | 'ipc' | 'cgroup' | 'user' | 'time';

export const NAMESPACE_KINDS: readonly NamespaceKind[] = [
  'user',
  'pid',
  'mnt',
  'net',
  'uts',
  'ipc',
  'cgroup',
  'time',
];

/** Inode numbers by kind, as far as known. */
export type Namespaces = ReadonlyMap<NamespaceKind, number>;

/** <linux/proc_ns.h>: the initial namespaces. The network's has no fixed number. */
const INITIAL: Readonly<Partial<Record<NamespaceKind, number>>> = {
  ipc: 0xefffffff,
  uts: 0xeffffffe,
  user: 0xeffffffd,
  pid: 0xeffffffc,
  cgroup: 0xeffffffb,
  time: 0xeffffffa,
};

/** @returns undefined if the process is gone or hidden, or the kernel has no such namespaces */
export function namespaceOf(pid: number | 'self', kind: NamespaceKind): number | undefined {
  const link = readProcLink(`/proc/${pid}/ns/${kind}`);
  const inode = /\[(\d+)\]$/.exec(link ?? '')?.[1];
  return inode === undefined ? undefined : Number(inode);
}

/** Returns all namespaces of a process; empty if it is gone or hidden. */
export function namespacesOf(pid: number | 'self'): Namespaces {
  const found = new Map<NamespaceKind, number>();
  for (const kind of NAMESPACE_KINDS) {
    const inode = namespaceOf(pid, kind);
    if (inode !== undefined) found.set(kind, inode);
    // every process that may be looked at has the first
    else if (found.size === 0) return found;
  }
  return found;
}

/**
 * Returns namespaces kept alive by a mount (`ip netns add`), as `net:[4026532142]`, as far as our own mounts
 * show them.
 */
export function boundNamespaces(): Set<string> {
  const found = new Set<string>();
  // proc_pid_mountinfo(5): the fourth field is the mounted part of the file system
  for (const line of readProcFile('/proc/self/mountinfo')?.toString('utf8').split('\n') ?? []) {
    const root = line.split(' ', 4)[3];
    if (root !== undefined && /^[a-z]+:\[\d+\]$/.test(root)) found.add(root);
  }
  return found;
}

/** Tests whether this process is in the initial namespace; undefined if unknown. */
export function isInitialNamespace(kind: NamespaceKind): boolean | undefined {
  const initial = INITIAL[kind];
  const own = namespaceOf('self', kind);
  return initial === undefined || own === undefined ? undefined : own === initial;
}
