/** The life of the supervisor's program: signals, configuration, shutdown, and with which status it ends. */
import { formatErrorForLog } from '../../jobfile/job-file-error.js';
import { diskReader, type DirectoryReader } from '../../jobfile/directory-reader.js';
import { LoadCache, loadDirectories, readAhead, type Loaded } from '../../jobfile/load.js';
import type { Kernel } from '../../kernel/kernel.js';
import { signalNumber } from '../../kernel/signals.js';
import { exitCodeOf } from '../exit-code.js';
import { ConfigurationWatcher } from '../config/configuration-watcher.js';
import { guardedReader } from '../config/guarded-reader.js';
import type { CoreEffect, Milliseconds } from '../core/contract.js';
import type { JobView } from '../core/core.js';
import type { InitOptions } from '../init-options.js';
import type { Log } from '../log.js';
import type { HandedShutdown } from '../state/handover.js';
import type { Supervisor } from '../supervisor.js';
import { COMMAND_JOB } from './command-job.js';
import type { NamespaceInit } from './namespace-init.js';
import { Shutdown } from './shutdown.js';
import { StopBudget } from './stop-budget.js';
import { machineEndOf, type MachineEnd } from './machine-end.js';
import { actionOf } from './signal-table.js';

type EssentialEnded = Extract<CoreEffect, { kind: 'essential-ended' }>;

/** How it ends. */
export interface Ending {
  /** the exit status */
  readonly status: number;
  /** what becomes of the machine, where foster is its init */
  readonly machine: MachineEnd;
}

export class Life {
  readonly ended: Promise<Ending>;
  #end!: (ending: Ending) => void;
  #supervisor: Supervisor | undefined;
  #kernel: Kernel | undefined;
  #shutdown: Shutdown | undefined;
  #budget: StopBudget | undefined;
  #watcher: ConfigurationWatcher | undefined;
  #status = 0;
  #machine: MachineEnd = 'power-off';
  #reported = new Set<string>();
  readonly #jobFiles = new LoadCache();
  readonly #reader: DirectoryReader;
  #readingAhead = false;
  /** since reading ahead began */
  #changed = false;

  constructor(
    private readonly options: InitOptions,
    private readonly log: Log,
    private readonly onReexec: () => void,
    private readonly namespaceInit: NamespaceInit | undefined,
  ) {
    this.#reader = isRoot()
      ? guardedReader({ reader: diskReader, isNamed: options.isConfdirNamed, report: log })
      : diskReader;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Reads the job files, and again whenever they change. */
  begin(supervisor: Supervisor, kernel: Kernel): void {
    this.#supervisor = supervisor;
    this.#kernel = kernel;
    this.#watcher = new ConfigurationWatcher(
      this.options.confdirs,
      () => void this.#readInPortions(),
      this.log,
    );
    this.#watcher.start();
    this.readJobFiles();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Starts COMMAND, unless it has been taken back from a former supervisor, or somebody has asked for the end already. */
  startCommand(): void {
    const isWanted = this.options.command !== undefined && this.#shutdown === undefined;
    if (!isWanted || this.#command() !== undefined) return;
    void this.#supervisor?.command({
      verb: 'start',
      name: COMMAND_JOB,
      by: 'foster',
      env: [],
      wait: 'nothing',
      dialect: 'foster',
    });
  }

  /**
   * Does what the table says of this signal (DESIGN section 8).
   * @param inBackground COMMAND has the terminal
   */
  signalled(name: string, inBackground: boolean): void {
    const action = actionOf(this.options.mode, name, inBackground);
    switch (action.kind) {
      case 'shutdown':
        this.#machine = action.machine ?? this.#machine;
        return this.shutdown();
      case 'event':
        void this.#supervisor?.emit(action.name, [], false);
        return;
      case 'reload':
        return this.reloadJobFiles();
      case 'reopen-logs':
        return this.#supervisor?.reopenLogs();
      case 'reexec':
        return this.onReexec();
      case 'forward':
        return this.#forward(name);
      case 'ignore':
        return this.log('info', `Signal ${name} ignored`);
    }
  }

  /** Files have changed, perhaps thousands of them, and nobody waits for the answer. */
  async #readInPortions(): Promise<void> {
    this.#changed = true;
    if (this.#readingAhead) return;
    this.#readingAhead = true;
    while (this.#changed) {
      this.#changed = false;
      await readAhead(this.options.confdirs, this.#jobFiles, this.#reader);
      // the watch is closed when the supervisor ends
      if (this.#watcher !== undefined) this.readJobFiles();
    }
    this.#readingAhead = false;
  }

  /** Somebody asks for it: also where changes are not noticed. */
  reloadJobFiles(): void {
    this.#watcher?.refresh();
    this.readJobFiles();
  }

  /** Reads all job files again; what is wrong with them is said once. */
  readJobFiles(): void {
    const readAt = Date.now();
    const loaded = loadDirectories(this.options.confdirs, this.#reader, this.#jobFiles);
    this.#reportErrors(loaded);
    this.#supervisor?.useFiles(loaded, readAt);
  }

  /** Begins the ordered shutdown; asked again, it hurries. */
  shutdown(): void {
    if (this.#shutdown === undefined) this.#beginShutdown();
    else this.#shutdown.hurry();
  }

  /**
   * What the event `runlevel` caused is done. Upstart leaves the rest to the scripts of runlevels 0 and 6: on a machine that
   * has none, nothing would happen.
   */
  runlevelReached(env: readonly string[]): void {
    const end = this.options.mode === 'machine' ? machineEndOf(env) : undefined;
    if (end === undefined || this.#shutdown !== undefined) return;
    this.#machine = end;
    this.#beginShutdown();
  }

  /** An essential job has ended for good: so does the supervisor, with its status. */
  essentialEnded({ job, status }: EssentialEnded): void {
    const code = exitCodeOf(status);
    const isCommand = job.name === COMMAND_JOB && this.options.command !== undefined;
    if (this.#shutdown !== undefined) {
      // COMMAND has the last word, also when it was asked to end; of other essential jobs the first that says something
      if (isCommand || (this.options.command === undefined && this.#status === 0)) this.#status = code;
      return;
    }
    this.#status = code;
    const text = `The essential job ${job.name} has ended: shutting down with status ${code}`;
    this.log(isCommand ? 'info' : 'message', text);
    this.#beginShutdown();
  }

  /** The shutdown that is on, for the program that replaces this one; undefined when there is none. */
  get handedShutdown(): HandedShutdown | undefined {
    return this.#budget && { status: this.#status, machine: this.#machine, end: this.#budget.end };
  }

  /** Goes on with the shutdown of the program that this one replaces. */
  resumeShutdown({ status, machine, end }: HandedShutdown): void {
    this.#status = status;
    this.#machine = machine;
    this.#beginShutdown(end);
  }

  /** @param until when it has to be over; the stop budget begins now where nothing else is said */
  #beginShutdown(until?: Milliseconds): void {
    const [supervisor, kernel] = [this.#supervisor, this.#kernel];
    const end = (): void => this.#end({ status: this.#status, machine: this.#machine });
    if (supervisor === undefined || kernel === undefined) return end();
    this.log('info', 'Shutdown');
    supervisor.activation.close();
    const { now } = supervisor;
    const budget = new StopBudget(now, until ?? now() + this.options.stopBudget * 1000);
    this.#budget = budget;
    this.#shutdown = new Shutdown({
      supervisor,
      kernel,
      budget,
      namespaceInit: this.namespaceInit,
      say: this.log,
    });
    void this.#shutdown.run().then(() => {
      this.#takeLastWord(supervisor);
      end();
    });
  }

  /** COMMAND's main has been reaped, but something of it outlasts the budget: its status counts all the same. */
  #takeLastWord({ core, now }: Supervisor): void {
    if (this.options.command === undefined) return;
    const view = core.job({ name: COMMAND_JOB, instance: '' }, now());
    if (view?.lastExit !== undefined && !view.processes.some(({ process }) => process === 'main'))
      this.#status = exitCodeOf(view.lastExit.status);
  }

  #command(): JobView | undefined {
    return this.#supervisor?.core.job({ name: COMMAND_JOB, instance: '' }, this.#supervisor.now());
  }

  #forward(name: string): void {
    const main = this.#command()?.processes.find(({ process }) => process === 'main');
    const number = signalNumber(name);
    if (main === undefined || number === undefined) return;
    this.#supervisor?.tracking.handles.signal(main.pid, number, 'process');
  }

  #reportErrors({ files, errors }: Loaded): void {
    const before = this.#reported;
    this.#reported = new Set();
    for (const error of [...errors, ...files.flatMap((file) => file.errors)]) {
      this.#sayOnce('error', formatErrorForLog(error), before);
    }
    for (const { path, shadowedBy } of files) {
      if (shadowedBy !== undefined)
        this.#sayOnce('warn', `${path}: not used, ${shadowedBy} defines the same job`, before);
    }
  }

  #sayOnce(level: 'warn' | 'error', text: string, before: ReadonlySet<string>): void {
    this.#reported.add(text);
    if (!before.has(text)) this.log(level, text);
  }
}

/** A job file of another user's supervisor gives nobody more than that user has. */
function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
