import type { Kernel, Pidfd } from '../../kernel/kernel.js';
import { isInitialNamespace } from '../../kernel/proc/namespace.js';
import { isLiving } from '../../kernel/proc/process-status.js';
import type { Milliseconds } from '../core/contract.js';
import { endProcesses } from '../lifecycle/end-processes.js';

/** The parent of the kernel's own threads, which are visible in the initial pid namespace only. */
const KTHREADD = 2;

type NamespaceCalls = Pick<Kernel, 'processes' | 'proc'>;

/**
 * The capability to end every process of the pid namespace. Only the namespace's PID 1 has it: those processes would
 * end with PID 1 anyway. "Every other process" exists nowhere else in foster. A supervisor that is an ordinary
 * process has no such object, so no fault can make it signal a stranger.
 */
export class NamespaceInit {
  /** makes the type nominal: no other object can be passed in its place */
  readonly #kernel: NamespaceCalls;

  private constructor(kernel: NamespaceCalls) {
    this.#kernel = kernel;
  }

  /** Returns undefined unless this process is PID 1 of its pid namespace. */
  static claim(kernel: NamespaceCalls): NamespaceInit | undefined {
    return process.pid === 1 ? new NamespaceInit(kernel) : undefined;
  }

  /**
   * Ends all processes except this one and those of the kernel.
   * @param gracePeriod as in `endProcesses`
   * @returns those that have not ended
   */
  async endOthers(gracePeriod: () => Milliseconds): Promise<readonly number[]> {
    const find = (): readonly Pidfd[] =>
      this.#others().flatMap((pid) => this.#kernel.processes.openPidfd(pid) ?? []);
    return endProcesses({ proc: this.#kernel.proc, find, gracePeriod });
  }

  #others(): readonly number[] {
    const { proc } = this.#kernel;
    const kernelThreads = isInitialNamespace('pid') === true ? KTHREADD : undefined;
    return proc.pids().filter((pid) => {
      const stat = pid === process.pid ? undefined : proc.stat(pid);
      if (stat === undefined || !isLiving(stat)) return false;
      return kernelThreads === undefined || (pid !== kernelThreads && stat.parent !== kernelThreads);
    });
  }
}
