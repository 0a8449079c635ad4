import type { Kernel, Pidfd } from '../../kernel/kernel.js';
import { isInitialNamespace } from '../../kernel/proc/namespace.js';
import { isLiving } from '../../kernel/proc/process-status.js';
import type { Milliseconds } from '../core/contract.js';
import { endProcesses } from '../lifecycle/end-processes.js';

/** The kernel's own threads descend from it; they are seen in the first pid namespace only. */
const KTHREADD = 2;

export type NamespaceCalls = Pick<Kernel, 'processes' | 'proc'>;

/**
 * The right to end every process of the pid namespace. It belongs to the namespace's PID 1 alone, with which they would end
 * anyway. "Every other process" exists nowhere else in foster: a supervisor that is an ordinary process has no such object,
 * so no failure can make it signal a stranger.
 */
export class NamespaceInit {
  /** makes the type nominal: an object that merely looks like this one does not compile */
  readonly #kernel: NamespaceCalls;

  private constructor(kernel: NamespaceCalls) {
    this.#kernel = kernel;
  }

  /** Returns undefined unless this process is PID 1 of its pid namespace. */
  static claim(kernel: NamespaceCalls): NamespaceInit | undefined {
    return process.pid === 1 ? new NamespaceInit(kernel) : undefined;
  }

  /**
   * Ends all processes but this one and those of the kernel.
   * @param patience as in `endProcesses`
   * @returns those that have not ended
   */
  async endOthers(patience: () => Milliseconds): Promise<readonly number[]> {
    const find = (): readonly Pidfd[] =>
      this.#others().flatMap((pid) => this.#kernel.processes.openPidfd(pid) ?? []);
    return endProcesses({ proc: this.#kernel.proc, find, patience });
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
