/**
 * The supervisor's own capabilities, by name. They decide which event sources may work and which identities
 * jobs can get.
 */

import { readProcessStatus } from '../proc/process-status.js';

/** <linux/capability.h>, by number; the last is from Linux 5.9 */
const CAPABILITIES =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  );

/**
 * Returns the names, without CAP_, in a mask of the Cap* lines of /proc/PID/status; an unknown bit by its
 * number.
 */
export function capabilityNames(mask: bigint): ReadonlySet<string> {
  const names = new Set<string>();
  for (let bit = 0; bit < 64; bit++) {
    if ((mask >> BigInt(bit)) & 1n) names.add(CAPABILITIES[bit] ?? String(bit));
  }
  return names;
}

/** Returns this process's effective capabilities. @returns empty for an ordinary user */
export function ownCapabilities(): ReadonlySet<string> {
  return capabilityNames(readProcessStatus('self')?.effectiveCapabilities ?? 0n);
}
