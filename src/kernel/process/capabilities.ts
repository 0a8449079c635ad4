/** The supervisor's own capabilities, as names: what decides which source of events may work and which identity a job can get. */

import { readProcessStatus } from '../proc/process-status.js';

/** <linux/capability.h>, by number; the last is of Linux 5.9 */
const CAPABILITIES =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  );

/** Names without CAP_ of a mask as in the Cap* lines of /proc/PID/status; a bit that has no name yet by its number. */
export function capabilityNames(mask: bigint): ReadonlySet<string> {
  const names = new Set<string>();
  for (let bit = 0; bit < 64; bit++) {
    if ((mask >> BigInt(bit)) & 1n) names.add(CAPABILITIES[bit] ?? String(bit));
  }
  return names;
}

/** What this process may do now. @returns empty for an ordinary user */
export function ownCapabilities(): ReadonlySet<string> {
  return capabilityNames(readProcessStatus('self')?.effectiveCapabilities ?? 0n);
}
