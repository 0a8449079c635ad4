/**
 * What is left of PID 1 when foster has failed too often in a row: it reaps, and ends when asked. No job is started or
 * stopped, nobody is answered, and what jobs write waits in their FIFOs. USR2 tries again.
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { InitOptions } from '../init-options.js';
import type { Handover } from '../state/handover.js';
import { Reaper } from '../reaper.js';
import { endProcesses } from './end-processes.js';
import type { Ending } from './life.js';
import { otherProcesses } from './others.js';
import { reexecute } from './reexec.js';
import type { SignalHandlers } from './signal-handlers.js';

/** EX_SOFTWARE of sysexits.h */
const SOFTWARE_ERROR = 70;

/** Parts of the stop budget for what has to end: after TERM, and after KILL. */
const PATIENCE_SHARE = 0.4;

export interface DegradedParts {
  readonly kernel: Kernel;
  readonly signals: SignalHandlers;
  readonly handover: Handover;
  readonly options: Pick<InitOptions, 'stopBudget'>;
  readonly umask: number;
}

/** Runs until TERM. */
export async function runDegraded(parts: DegradedParts): Promise<Ending> {
  const { kernel, signals, handover, options, umask } = parts;
  const reaper = new Reaper({
    processes: kernel.processes,
    beforeReap: () => undefined,
    onDeaths: () => undefined,
    onStopped: () => undefined,
  });
  reaper.start();
  await new Promise<void>((resolve) => {
    signals.begin((name) => {
      if (name === 'TERM' || name === 'RTMIN+3') resolve();
      if (name === 'USR2') reexecute({ ...handover, kind: 'files', failures: [] }, kernel, umask);
    });
  });
  const find = (): readonly number[] => otherProcesses(kernel.proc);
  await endProcesses({ kernel, find, patience: () => options.stopBudget * 1000 * PATIENCE_SHARE });
  reaper.stop();
  signals.stop();
  return { status: SOFTWARE_ERROR, machine: 'reboot' };
}
