import { ownCapabilities } from '../../kernel/process/capabilities.js';
import { lazily } from '../../kernel/libc.js';
import { readProcessStatus } from '../../kernel/proc/process-status.js';

const mayTraceAnything = lazily(() => ownCapabilities().has('SYS_PTRACE'));

/**
 * Tests whether a process would lose rights under a tracer. A setuid program gains no rights if its caller is
 * traced by a process without CAP_SYS_PTRACE (execve(2)), which Docker's default set lacks: sudo, ping and
 * mail delivery would fail. Root has nothing to gain.
 */
export function losesRightsUnderTracer(pid: number): boolean {
  if (mayTraceAnything()) return false;
  const status = readProcessStatus(pid);
  // a process that is gone has nothing to lose
  return status !== undefined && status.uid.effective !== 0;
}
