import { readFileSync } from 'node:fs';
import { namespaceOf } from '../../kernel/namespace.js';

/** Where process ids mean what they mean: saved ones are of no use after a reboot, or in another container. */
export interface Place {
  /** /proc/sys/kernel/random/boot_id */
  readonly boot: string;
  /** inode of the pid namespace; 0 where the kernel has none */
  readonly pidNamespace: number;
}

export function thisPlace(): Place {
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pidNamespace: namespaceOf('self', 'pid') ?? 0,
  };
}

export function isSamePlace(one: Place, other: Place): boolean {
  return one.boot === other.boot && one.pidNamespace === other.pidNamespace;
}
