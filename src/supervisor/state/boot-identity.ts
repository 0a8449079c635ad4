import { namespaceOf } from '../../kernel/proc/namespace.js';
import { readProcFile } from '../../kernel/proc/proc-file.js';
import { ProcFilesystem } from '../../kernel/proc/procfs.js';

/** Where process ids mean what they mean: saved ones are of no use after a reboot, or in another container. */
export interface BootIdentity {
  /** /proc/sys/kernel/random/boot_id; empty where it cannot be read */
  readonly boot: string;
  /** inode of the pid namespace; 0 where the kernel has none */
  readonly pidNamespace: number;
  /**
   * start time of PID 1 in clock ticks; 0 where it cannot be read. A container that is started again with its old files
   * may get the very inode that the former one had.
   */
  readonly began: number;
}

export function thisBoot(): BootIdentity {
  return {
    boot: readProcFile('/proc/sys/kernel/random/boot_id')?.toString('utf8').trim() ?? '',
    pidNamespace: namespaceOf('self', 'pid') ?? 0,
    began: new ProcFilesystem().stat(1)?.startTime ?? 0,
  };
}

export function isSameBoot(one: BootIdentity, other: BootIdentity): boolean {
  return one.boot === other.boot && one.pidNamespace === other.pidNamespace && one.began === other.began;
}
