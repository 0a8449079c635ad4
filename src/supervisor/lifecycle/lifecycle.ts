/** The lifecycle of the supervisor: signals, shutdown, and its exit status. */
import { signalNumber } from '../../kernel/process/signals.js';
import type { Activation } from '../activation.js';
import type { Configuration } from '../config/configuration.js';
import { exitCodeOf } from '../core/wait-status.js';
import type { Milliseconds } from '../core/contract.js';
import type { JobView } from '../core/core.js';
import type { InitOptions } from '../init-options.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Log } from '../log/log.js';
import type { JobOutputs } from '../output/job-outputs.js';
import type { EffectOf, Effects, Part } from '../engine/part.js';
import type { SavedShutdown } from '../state/handover.js';
import type { Upkeep } from '../state/upkeep.js';
import { COMMAND_JOB, RULES_JOB } from './command-line-jobs.js';
import type { ManagerNotices } from './manager-notices.js';
import type { NamespaceInit } from './namespace-init.js';
import { Shutdown, type ShutdownParts } from './shutdown.js';
import type { SignalHandlers } from './signal-handlers.js';
import type { StartupReport } from './startup-report.js';
import { StopBudget, statusAfterBudget } from './stop-budget.js';
import { setLongTimeout, type LongTimer } from '../../long-timer.js';
import { machineEndOf, type MachineEnd } from './machine-end.js';
import { actionOf } from './signal-table.js';

/**
 * How much longer than the stop budget a shutdown may take on a busy machine. `docker stop` waits two seconds longer
 * than the default budget.
 */
const OVERTIME_MS = 1000;

export interface Ending {
  /** the exit status */
  readonly status: number;
  /** how the machine ends, if foster is its init */
  readonly machine: MachineEnd;
}

interface LifecycleOptions extends ShutdownParts {
  readonly options: InitOptions;
  readonly kernel: Pick<Kernel, 'proc'>;
  readonly log: Log;
  readonly signals: Pick<SignalHandlers, 'start'>;
  /** COMMAND has a terminal */
  readonly hasTerminal: boolean;
  readonly namespaceInit: NamespaceInit | undefined;
  readonly activation: Pick<Activation, 'close' | 'catchUp'>;
  readonly configuration: Pick<Configuration, 'reload'>;
  readonly outputs: Pick<JobOutputs, 'reopenLogs'>;
  readonly upkeep: Pick<Upkeep, 'check'>;
  readonly manager: Pick<ManagerNotices, 'stopping'>;
  readonly startup: Pick<StartupReport, 'introduce' | 'startupHandled'>;
  /** requests a re-exec */
  readonly onReexec: () => void;
  /** delivers pending reports */
  readonly flush: () => void;
}

export class Lifecycle implements Part {
  readonly ended: Promise<Ending>;
  #end!: (ending: Ending) => void;
  #shutdown: Shutdown | undefined;
  #budget: StopBudget | undefined;
  #limit: LongTimer | undefined;
  #status = 0;
  #machine: MachineEnd = 'power-off';

  constructor(private readonly parts: LifecycleOptions) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  readonly effects = {
    'essential-ended': { report: (effect) => this.#essentialEnded(effect) },
  } satisfies Effects<'essential-ended'>;

  /**
   * Starts to handle signals, and starts COMMAND. Emits the startup event, unless this supervisor has recovered the
   * jobs of a previous one: the machine does not start twice.
   */
  start(isNew: boolean): void {
    const { signals, commands, upkeep, startup, activation, options } = this.parts;
    if (isNew && options.rules !== undefined) void commands.order('start', 'foster', RULES_JOB);
    // before COMMAND: somebody who sees it running may send a signal for it
    signals.start((name) => {
      if (name === 'HUP') upkeep.check();
      this.#onSignal(name);
    });
    this.#startCommand();
    startup.introduce();
    const event = isNew ? options.startupEvent : undefined;
    const handled = event === undefined ? Promise.resolve() : commands.emit(event, []);
    void handled.then(() => {
      startup.startupHandled();
      activation.catchUp();
    });
  }

  /** Starts COMMAND, unless it has been recovered, or a shutdown has been requested already. */
  #startCommand(): void {
    const isWanted = this.parts.options.command !== undefined && this.#shutdown === undefined;
    if (isWanted && this.#command() === undefined)
      void this.parts.commands.order('start', 'foster', COMMAND_JOB);
  }

  /** Acts on a signal, according to the table (DESIGN section 8). */
  #onSignal(name: string): void {
    const { options, hasTerminal, commands, configuration, outputs, log, flush } = this.parts;
    const action = actionOf(options.mode, name, hasTerminal);
    if (action.kind !== 'shutdown') flush();
    switch (action.kind) {
      case 'shutdown':
        this.#machine = action.machine ?? this.#machine;
        return this.shutdown();
      case 'event':
        void commands.emit(action.name, []);
        return;
      case 'reload':
        configuration.reload();
        return;
      case 'reopen-logs':
        return outputs.reopenLogs();
      case 'reexec':
        return this.parts.onReexec();
      case 'forward':
        return this.#forward(name);
      case 'ignore':
        return log('info', `Signal ${name} ignored`);
    }
  }

  /** Starts the ordered shutdown. A second request makes it hurry. */
  shutdown(): void {
    if (this.#shutdown === undefined || this.#budget === undefined)
      return this.#startShutdown(this.#budget?.end);
    this.#shutdown.hurry();
    this.#limitShutdown(this.#budget);
  }

  /**
   * Ends the machine after the event `runlevel` for 0 or 6 has finished. Upstart leaves this to scripts of these
   * runlevels, which a machine may not have.
   */
  runlevelReached(env: readonly string[]): void {
    const end = this.parts.options.mode === 'machine' ? machineEndOf(env) : undefined;
    if (end === undefined || this.#shutdown !== undefined) return;
    this.#machine = end;
    this.#startShutdown();
  }

  /** Shuts down with the status of an essential job that has ended for good. */
  #essentialEnded({ job, status }: EffectOf<'essential-ended'>): void {
    const { options, log } = this.parts;
    const code = exitCodeOf(status);
    const isCommand = job.name === COMMAND_JOB && options.command !== undefined;
    if (this.#shutdown !== undefined) {
      // COMMAND's status counts even if it was stopped by the shutdown; of other essential jobs, the first failure
      // counts
      if (isCommand || (options.command === undefined && this.#status === 0)) this.#status = code;
      return;
    }
    this.#status = code;
    const text = `The essential job ${job.name} has ended: shutting down with status ${code}`;
    log(isCommand ? 'info' : 'message', text);
    this.#startShutdown();
  }

  /** Returns the shutdown in progress, for a re-exec; undefined if there is none. */
  get savedShutdown(): SavedShutdown | undefined {
    return this.#budget && { status: this.#status, machine: this.#machine, end: this.#budget.end };
  }

  /** Continues a shutdown after a re-exec. */
  resumeShutdown({ status, machine, end }: SavedShutdown): void {
    this.#status = status;
    this.#machine = machine;
    this.#startShutdown(end);
  }

  /** @param until when it must be over; by default the stop budget starts now */
  #startShutdown(until?: Milliseconds): void {
    const { activation, log, now, options, manager, flush } = this.parts;
    // first, so that a failure after this leads to a re-exec that continues the shutdown
    const budget = new StopBudget(now, until ?? now() + options.stopBudget * 1000);
    this.#budget = budget;
    this.#limitShutdown(budget);
    flush();
    log('info', 'Shutdown');
    manager.stopping();
    activation.close();
    this.#shutdown = new Shutdown({ ...this.parts, budget, log: log });
    void this.#shutdown.run().then(() => this.#shutdownOver());
  }

  /**
   * Ends foster if the shutdown takes too long, or was broken by an error. If foster is PID 1, all processes end with
   * it.
   */
  #limitShutdown(budget: StopBudget): void {
    this.#limit?.dispose();
    this.#limit = setLongTimeout(() => {
      this.parts.log('fatal', 'The shutdown has exceeded the stop budget: foster ends now');
      this.#shutdownOver();
    }, budget.left + OVERTIME_MS);
  }

  #shutdownOver(): void {
    this.#limit?.dispose();
    const { core, now, options } = this.parts;
    const command = options.command === undefined ? undefined : COMMAND_JOB;
    this.#end({ status: statusAfterBudget(core.jobs(now()), command, this.#status), machine: this.#machine });
  }

  #command(): JobView | undefined {
    const { core, now } = this.parts;
    return core.job({ name: COMMAND_JOB, instance: '' }, now());
  }

  #forward(name: string): void {
    const main = this.#command()?.processes.find(({ process }) => process === 'main');
    const number = signalNumber(name);
    if (main === undefined || number === undefined) return;
    this.parts.tracking.handles.signal(main.pid, number, 'process');
  }
}
