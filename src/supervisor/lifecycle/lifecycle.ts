/** The life of the supervisor's program: signals, shutdown, and with which status it ends. */
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
import { COMMAND_JOB } from './command-job.js';
import type { ManagerNotices } from './manager-notices.js';
import type { NamespaceInit } from './namespace-init.js';
import { RULES_JOB } from './rules-job.js';
import { Shutdown, type EndingJobs } from './shutdown.js';
import type { SignalHandlers } from './signal-handlers.js';
import type { StartupReport } from './startup-report.js';
import { StopBudget } from './stop-budget.js';
import { setLongTimeout, type LongTimer } from '../../long-timer.js';
import { machineEndOf, type MachineEnd } from './machine-end.js';
import { statusAfterBudget } from './status-after-budget.js';
import { actionOf } from './signal-table.js';

/** Beyond the stop budget: on a busy machine the last step may be late, and `docker stop` gives two seconds more than the default. */
const OVERTIME_MS = 1000;

/** How it ends. */
export interface Ending {
  /** the exit status */
  readonly status: number;
  /** what becomes of the machine, where foster is its init */
  readonly machine: MachineEnd;
}

export interface LifeOptions extends EndingJobs {
  readonly options: InitOptions;
  readonly kernel: Pick<Kernel, 'proc'>;
  readonly log: Log;
  readonly signals: Pick<SignalHandlers, 'begin'>;
  /** COMMAND has a terminal of its own */
  readonly hasTerminal: boolean;
  readonly namespaceInit: NamespaceInit | undefined;
  readonly activation: Pick<Activation, 'close' | 'catchUp'>;
  readonly configuration: Pick<Configuration, 'reload'>;
  readonly outputs: Pick<JobOutputs, 'reopenLogs'>;
  readonly upkeep: Pick<Upkeep, 'check'>;
  readonly manager: Pick<ManagerNotices, 'stopping'>;
  readonly startup: Pick<StartupReport, 'introduce' | 'startupHandled'>;
  /** foster is to replace itself by its program as it is on disk */
  readonly onReexec: () => void;
  /** delivers what waits to be reported */
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

  constructor(private readonly parts: LifeOptions) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  readonly effects = {
    'essential-ended': { report: (effect) => this.#essentialEnded(effect) },
  } satisfies Effects<'essential-ended'>;

  /**
   * Acts on signals, and starts COMMAND. A supervisor that takes over goes on where the former one stopped: the machine does
   * not start twice.
   */
  start(isNew: boolean): void {
    const { signals, commands, upkeep, startup, activation, options } = this.parts;
    if (isNew && options.rules !== undefined) void commands.order('start', 'foster', RULES_JOB);
    // before COMMAND: whoever hears of it may send it a signal
    signals.begin((name) => {
      if (name === 'HUP') upkeep.check();
      this.#signalled(name);
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

  /** Starts COMMAND, unless it has been taken back from a former supervisor, or somebody has asked for the end already. */
  #startCommand(): void {
    const isWanted = this.parts.options.command !== undefined && this.#shutdown === undefined;
    if (isWanted && this.#command() === undefined)
      void this.parts.commands.order('start', 'foster', COMMAND_JOB);
  }

  /** Does what the table says of this signal (DESIGN section 8). */
  #signalled(name: string): void {
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

  /** Begins the ordered shutdown; asked again, it hurries. */
  shutdown(): void {
    if (this.#shutdown === undefined || this.#budget === undefined)
      return this.#beginShutdown(this.#budget?.end);
    this.#shutdown.hurry();
    this.#limitShutdown(this.#budget);
  }

  /**
   * What the event `runlevel` caused is done. Upstart leaves the rest to the scripts of runlevels 0 and 6: on a machine that
   * has none, nothing would happen.
   */
  runlevelReached(env: readonly string[]): void {
    const end = this.parts.options.mode === 'machine' ? machineEndOf(env) : undefined;
    if (end === undefined || this.#shutdown !== undefined) return;
    this.#machine = end;
    this.#beginShutdown();
  }

  /** An essential job has ended for good: so does the supervisor, with its status. */
  #essentialEnded({ job, status }: EffectOf<'essential-ended'>): void {
    const { options, log } = this.parts;
    const code = exitCodeOf(status);
    const isCommand = job.name === COMMAND_JOB && options.command !== undefined;
    if (this.#shutdown !== undefined) {
      // COMMAND has the last word, also when it was asked to end; of other essential jobs the first that says something
      if (isCommand || (options.command === undefined && this.#status === 0)) this.#status = code;
      return;
    }
    this.#status = code;
    const text = `The essential job ${job.name} has ended: shutting down with status ${code}`;
    log(isCommand ? 'info' : 'message', text);
    this.#beginShutdown();
  }

  /** The shutdown that is on, for the program that replaces this one; undefined when there is none. */
  get handedShutdown(): SavedShutdown | undefined {
    return this.#budget && { status: this.#status, machine: this.#machine, end: this.#budget.end };
  }

  /** Goes on with the shutdown of the program that this one replaces. */
  resumeShutdown({ status, machine, end }: SavedShutdown): void {
    this.#status = status;
    this.#machine = machine;
    this.#beginShutdown(end);
  }

  /** @param until when it has to be over; the stop budget begins now where nothing else is said */
  #beginShutdown(until?: Milliseconds): void {
    const { activation, log, now, options, manager, flush } = this.parts;
    // first of all: whatever fails from here on, the program that replaces this one goes on with the shutdown
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

  /** Whatever the shutdown waits for, and whatever an error has left of it, foster ends; as PID 1 everything ends with it. */
  #limitShutdown(budget: StopBudget): void {
    this.#limit?.dispose();
    this.#limit = setLongTimeout(() => {
      this.parts.log('fatal', 'The shutdown has taken longer than the stop budget: foster ends now');
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
