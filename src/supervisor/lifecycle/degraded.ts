/**
 * What is left of PID 1 when foster has failed too often in a row: it reaps, and ends when asked. No job is started or
 * stopped, nobody is answered, and what jobs write waits in their FIFOs. USR2 tries again.
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { InitOptions } from '../init-options.js';
import type { Log } from '../log/log.js';
import type { Handover } from '../state/handover.js';
import { Reaper } from '../processes/reaper.js';
import { logOnce, SOFTWARE_ERROR } from './failures.js';
import type { Ending } from '../lifecycle/lifecycle.js';
import type { MachineEnd } from './machine-end.js';
import type { NamespaceInit } from './namespace-init.js';
import { reexecute } from './reexec.js';
import type { SignalHandlers } from './signal-handlers.js';
import { actionOf } from './signal-table.js';
import { StopBudget } from './stop-budget.js';

/** Parts of the stop budget for what has to end: after TERM, and of the rest after KILL. */
const PATIENCE_SHARE = 0.6;

export interface DegradedParts {
  readonly kernel: Kernel;
  readonly log: Log;
  readonly signals: SignalHandlers;
  readonly handover: Handover;
  /** only PID 1 has it, and only PID 1 lives on in this way */
  readonly namespaceInit: NamespaceInit;
  readonly options: Pick<InitOptions, 'stopBudget' | 'mode'>;
  readonly umask: number;
}

/** Runs until somebody asks for a shutdown. One that was on when foster failed goes on at once. */
export async function runDegraded(parts: DegradedParts): Promise<Ending> {
  const { kernel, log, signals, handover, namespaceInit, options, umask } = parts;
  const reaper = new Reaper({
    processes: kernel.processes,
    beforeReap: () => undefined,
    onDeaths: () => undefined,
    onStopped: () => undefined,
  });
  // another re-exec would fail in the same way, and again: whatever it is, this much goes on
  const failed = logOnce(log);
  process.on('uncaughtException', failed);
  reaper.start();
  const now = (): number => kernel.now() / 1e6;
  const { machine, end } = await new Promise<{ readonly machine: MachineEnd; readonly end: number }>(
    (resolve) => {
      if (handover.shutdown !== undefined) resolve(handover.shutdown);
      signals.begin((name) => {
        const action = actionOf(options.mode, name);
        if (action.kind === 'shutdown')
          resolve({ machine: action.machine ?? 'reboot', end: now() + options.stopBudget * 1000 });
        if (name === 'USR2')
          reexecute({ ...handover, kind: 'files', failures: [], signals: [] }, kernel, umask);
      });
    },
  );
  const budget = new StopBudget(now, end);
  signals.ignore();
  try {
    await namespaceInit.endOthers(() => budget.left * PATIENCE_SHARE);
    reaper.close();
  } catch (error) {
    // all others end with PID 1 in any case
    failed(error);
  }
  return { status: SOFTWARE_ERROR, machine };
}
