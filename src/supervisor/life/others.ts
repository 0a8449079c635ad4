import type { ProcReader } from '../../kernel/kernel.js';
import { isInitialNamespace } from '../../kernel/namespace.js';
import { isLiving } from '../../kernel/process-state.js';

/** The kernel's own threads descend from it; they are seen in the first pid namespace only. */
const KTHREADD = 2;

/** All living processes of our pid namespace but this one and those of the kernel itself. */
export function otherProcesses(proc: Pick<ProcReader, 'pids' | 'stat'>): readonly number[] {
  const kernelThreads = isInitialNamespace('pid') === true ? KTHREADD : undefined;
  return proc.pids().filter((pid) => {
    const stat = pid === process.pid ? undefined : proc.stat(pid);
    if (stat === undefined || !isLiving(stat)) return false;
    return kernelThreads === undefined || (pid !== kernelThreads && stat.parent !== kernelThreads);
  });
}
