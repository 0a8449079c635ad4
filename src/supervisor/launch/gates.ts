import { constants } from 'node:os';
import type { ProcessCalls } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { JobRef } from '../core/contract.js';
import { SHELL } from './command.js';
import { LaunchError, type LaunchStep } from './launch-error.js';
import type { LaunchRequest } from './launch-request.js';
import type { GateSettings } from './plan.js';

interface Gate {
  readonly request: LaunchRequest;
  readonly settings: GateSettings;
  readonly beforePassing?: () => void;
}

/**
 * The processes that stand, or will soon stand, stopped before their program begins, so that what only root may set is set
 * from outside while they are still root (DESIGN section 3).
 */
export class Gates {
  private readonly gates = new Map<number, Gate>();

  constructor(
    private readonly processes: Pick<ProcessCalls, 'kill' | 'setLimit' | 'setPriority' | 'setOomScore'>,
    /** what the runtime does to a process at its gate besides limits and priorities; may throw LaunchError */
    private readonly alsoAtGate: (pid: number, request: LaunchRequest) => void = () => undefined,
  ) {}

  /** The process has been started and will stop itself; or a former supervisor has left it so. */
  expect(pid: number, request: LaunchRequest, settings: GateSettings): void {
    this.gates.set(pid, { request, settings });
  }

  /** Calls back when the settings have been made and the process is about to be let go on. */
  beforePassing(pid: number, callback: () => void): void {
    const gate = this.gates.get(pid);
    if (gate !== undefined) this.gates.set(pid, { ...gate, beforePassing: callback });
  }

  has(pid: number): boolean {
    return this.gates.has(pid);
  }

  /** Processes of this job that stand at their gate, or are about to. */
  ofJob({ name, instance }: JobRef): readonly number[] {
    return [...this.gates]
      .filter(([, { request }]) => request.job.name === name && request.job.instance === instance)
      .map(([pid]) => pid);
  }

  /**
   * The process has stopped itself: makes the settings and lets it go on. Nothing happens to a process without gate.
   *
   * @throws LaunchError when something could not be set; the process has been killed then
   */
  open(pid: number): void {
    const gate = this.gates.get(pid);
    if (gate === undefined) return;
    this.gates.delete(pid);
    try {
      this.apply(pid, gate.settings);
      this.alsoAtGate(pid, gate.request);
    } catch (error) {
      this.processes.kill(pid, constants.signals.SIGKILL);
      throw error;
    }
    gate.beforePassing?.();
    this.processes.kill(pid, constants.signals.SIGCONT);
  }

  /** The process has ended. Gives the reason of a failed start if it had not got past its gate. */
  ended(pid: number): LaunchError | undefined {
    if (!this.gates.delete(pid)) return undefined;
    return LaunchError.other(
      'unable to execute: ended before its program began',
      `${SHELL} did not hold process ${pid} back`,
    );
  }

  private apply(pid: number, { limits, nice, oomScoreAdj }: GateSettings): void {
    const { processes } = this;
    for (const limit of limits) named('set resource limit', () => processes.setLimit(pid, limit));
    if (nice !== undefined) named('set priority', () => processes.setPriority(pid, nice));
    if (oomScoreAdj !== undefined) named('set oom adjustment', () => processes.setOomScore(pid, oomScoreAdj));
  }
}

function named(step: LaunchStep, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw LaunchError.said(step, error);
  }
}
