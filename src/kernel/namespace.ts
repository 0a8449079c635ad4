/** Namespaces by the inode numbers of /proc/PID/ns/* (namespaces(7)). */

import { readProcLink } from './proc-file.js';

export type NamespaceKind = 'pid' | 'net' | 'mnt' | 'uts' | 'ipc' | 'cgroup' | 'user' | 'time';

/** <linux/proc_ns.h>: the namespaces of the machine itself. That of the network has no fixed number. */
const INITIAL: Readonly<Partial<Record<NamespaceKind, number>>> = {
  ipc: 0xefffffff,
  uts: 0xeffffffe,
  user: 0xeffffffd,
  pid: 0xeffffffc,
  cgroup: 0xeffffffb,
  time: 0xeffffffa,
};

/** @returns undefined when the process is gone, may not be looked at, or the kernel has no such namespaces */
export function namespaceOf(pid: number | 'self', kind: NamespaceKind): number | undefined {
  const link = readProcLink(`/proc/${pid}/ns/${kind}`);
  const inode = /\[(\d+)\]$/.exec(link ?? '')?.[1];
  return inode === undefined ? undefined : Number(inode);
}

/** Whether this process is in the machine's own namespace; undefined where that cannot be told. */
export function isInitialNamespace(kind: NamespaceKind): boolean | undefined {
  const initial = INITIAL[kind];
  const own = namespaceOf('self', kind);
  return initial === undefined || own === undefined ? undefined : own === initial;
}
