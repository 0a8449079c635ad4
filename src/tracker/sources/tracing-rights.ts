import { ownCapabilities } from '../../kernel/process/capabilities.js';
import { lazily } from '../../kernel/libc.js';
import { readProcessStatus } from '../../kernel/proc/process-status.js';

const mayTraceAnything = lazily(() => ownCapabilities().has('SYS_PTRACE'));

/**
 * A setuid program gains nothing when its caller is traced by somebody without CAP_SYS_PTRACE (execve(2)), which Docker's
 * default set lacks: sudo, ping and mail delivery would fail. Root has nothing to gain.
 */
export function losesRightsUnderTracer(pid: number): boolean {
  if (mayTraceAnything()) return false;
  const status = readProcessStatus(pid);
  // one that is gone has nothing to lose either
  return status !== undefined && status.uid.effective !== 0;
}
