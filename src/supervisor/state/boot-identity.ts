import { integer, string } from '../../codec/codec.js';
import { record, type Recorded } from '../../codec/record.js';
import { namespaceOf } from '../../kernel/proc/namespace.js';
import { readProcFile } from '../../kernel/proc/proc-file.js';
import { ProcFilesystem } from '../../kernel/proc/procfs.js';

export const bootIdentity = record({
  /** /proc/sys/kernel/random/boot_id; empty if it cannot be read */
  boot: string,
  /** inode of the pid namespace; 0 if the kernel has none */
  pidNamespace: integer(0),
  /**
   * start time of PID 1 in clock ticks; 0 if it cannot be read. A restarted container may have its old files, and a
   * pid namespace with the same inode as before.
   */
  began: integer(0),
});
/**
 * Identifies the boot and pid namespace in which saved pids are valid. After a reboot or in another container, they
 * mean other processes.
 */
export interface BootIdentity extends Recorded<typeof bootIdentity> {}

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
