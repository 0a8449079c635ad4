/**
 * The degraded mode of PID 1, after foster has failed too often in a row: it reaps, and shuts down when asked to. It
 * starts and stops no jobs, has no control socket, and leaves the jobs' output in their FIFOs. USR2 tries again.
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

/** The part of the stop budget for processes to end after TERM; the same part of the rest is for KILL. */
const GRACE_SHARE = 0.6;

interface DegradedParts {
  readonly kernel: Kernel;
  readonly log: Log;
  readonly signals: SignalHandlers;
  readonly handover: Handover;
  /** only PID 1 has it, and only PID 1 has a degraded mode */
  readonly namespaceInit: NamespaceInit;
  readonly options: Pick<InitOptions, 'stopBudget' | 'mode'>;
  readonly umask: number;
}

/** Runs until a shutdown is requested. If foster failed during a shutdown, that continues at once. */
export async function runDegraded(parts: DegradedParts): Promise<Ending> {
  const { kernel, log, signals, handover, namespaceInit, options, umask } = parts;
  const reaper = new Reaper({
    processes: kernel.processes,
    beforeReap: () => undefined,
    onDeaths: () => undefined,
    onStopped: () => undefined,
  });
  // another re-exec would fail in the same way: foster logs the error and goes on
  const failed = logOnce(log);
  process.on('uncaughtException', failed);
  reaper.start();
  const now = (): number => kernel.now() / 1e6;
  const { machine, end } = await new Promise<{ readonly machine: MachineEnd; readonly end: number }>(
    (resolve) => {
      if (handover.shutdown !== undefined) resolve(handover.shutdown);
      signals.start((name) => {
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
    await namespaceInit.endOthers(() => budget.left * GRACE_SHARE);
    reaper.close();
  } catch (error) {
    // all processes end with PID 1 in any case
    failed(error);
  }
  return { status: SOFTWARE_ERROR, machine };
}
