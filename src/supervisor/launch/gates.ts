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
 * Processes that are stopped, or will soon stop, before their program starts. Meanwhile foster sets from outside what
 * only root may set, while they still run as root (DESIGN section 3).
 */
export class Gates {
  private readonly gates = new Map<number, Gate>();

  constructor(
    private readonly processes: Pick<ProcessCalls, 'kill' | 'setLimit' | 'setPriority' | 'setOomScore'>,
    /** what else to do to a process at its gate; may throw LaunchError */
    private readonly alsoAtGate: (pid: number, request: LaunchRequest) => void = () => undefined,
  ) {}

  /** Registers a process that will stop itself, or that a previous supervisor left stopped. */
  expect(pid: number, request: LaunchRequest, settings: GateSettings): void {
    this.gates.set(pid, { request, settings });
  }

  /** Sets a callback for the moment after the settings are made and before the process continues. */
  beforePassing(pid: number, callback: () => void): void {
    const gate = this.gates.get(pid);
    if (gate !== undefined) this.gates.set(pid, { ...gate, beforePassing: callback });
  }

  has(pid: number): boolean {
    return this.gates.has(pid);
  }

  /** Returns the processes of this job that are at their gate, or on the way to it. */
  ofJob({ name, instance }: JobRef): readonly number[] {
    return [...this.gates]
      .filter(([, { request }]) => request.job.name === name && request.job.instance === instance)
      .map(([pid]) => pid);
  }

  /**
   * Makes the settings for a process that has stopped itself, and continues it. Does nothing for a process without a
   * gate.
   * @throws LaunchError if something could not be set; the process has been killed then
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

  /** Handles the end of a process. Returns the reason of the failed start if it had not passed its gate. */
  ended(pid: number): LaunchError | undefined {
    if (!this.gates.delete(pid)) return undefined;
    return LaunchError.other(
      'unable to execute: ended before its program began',
      `process ${pid} ended in ${SHELL}, before foster could set its limits`,
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
    throw LaunchError.fromSystemError(step, error);
  }
}
