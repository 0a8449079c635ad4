/** The life of the supervisor's program: signals, configuration, shutdown, and with which status it ends. */
import { formatErrorForLog } from '../../jobfile/job-file-error.js';
import { loadDirectories, type Loaded } from '../../jobfile/load.js';
import type { Kernel } from '../../kernel/kernel.js';
import { describeStatus, signalNumber } from '../../kernel/signals.js';
import { ConfigurationWatcher } from '../config/configuration-watcher.js';
import type { CoreEffect } from '../core/contract.js';
import type { InitOptions } from '../init-options.js';
import type { Log } from '../log.js';
import type { Supervisor } from '../supervisor.js';
import { Shutdown } from './shutdown.js';
import { actionOf } from './signal-table.js';

type EssentialEnded = Extract<CoreEffect, { kind: 'essential-ended' }>;

export class Life {
  /** the exit status, when it is over */
  readonly ended: Promise<number>;
  #end!: (status: number) => void;
  #supervisor: Supervisor | undefined;
  #kernel: Kernel | undefined;
  #shutdown: Shutdown | undefined;
  #watcher: ConfigurationWatcher | undefined;
  #status = 0;
  #reported = new Set<string>();

  constructor(
    private readonly options: InitOptions,
    private readonly log: Log,
  ) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Reads the job files, and again whenever they change. */
  begin(supervisor: Supervisor, kernel: Kernel): void {
    this.#supervisor = supervisor;
    this.#kernel = kernel;
    this.#watcher = new ConfigurationWatcher(this.options.confdirs, () => this.readJobFiles(), this.log);
    this.#watcher.start();
    this.readJobFiles();
  }

  close(): void {
    this.#watcher?.close();
  }

  /** Does what the table says of this signal (DESIGN section 8). */
  signalled(name: string): void {
    const action = actionOf(this.options.mode, name);
    switch (action.kind) {
      case 'shutdown':
        return this.shutdown();
      case 'event':
        void this.#supervisor?.emit(action.name, [], false);
        return;
      case 'reload':
        return this.readJobFiles();
      case 'reopen-logs':
        return this.#supervisor?.reopenLogs();
      case 'reexec':
        return this.reexec();
      case 'forward':
        return this.#forward(name);
      case 'ignore':
        return this.log('info', `Signal ${name} ignored`);
    }
  }

  /** Reads all job files again; what is wrong with them is said once. */
  readJobFiles(): void {
    const loaded = loadDirectories(this.options.confdirs);
    this.#reportErrors(loaded);
    this.#supervisor?.useFiles(loaded);
  }

  /** Begins the ordered shutdown; asked again, it hurries. */
  shutdown(status = this.#status): void {
    const [supervisor, kernel] = [this.#supervisor, this.#kernel];
    if (supervisor === undefined || kernel === undefined) return this.#end(status);
    if (this.#shutdown !== undefined) return this.#shutdown.hurry();
    this.#status = status;
    this.log('message', 'Shutdown');
    this.#shutdown = new Shutdown({
      supervisor,
      tracking: supervisor.tracking,
      processes: kernel.processes,
      budget: this.options.stopBudget * 1000,
      endsEverything: process.pid === 1,
      say: (text) => this.log('warn', text),
    });
    void this.#shutdown.run().then(() => this.#end(this.#status));
  }

  /** An essential job has ended for good: so does the supervisor, with its status. */
  essentialEnded({ job, status }: EssentialEnded): void {
    const ending = describeStatus(status);
    const code = 'signal' in ending ? 128 + (signalNumber(ending.signal) ?? 0) : ending.status;
    this.log('message', `The essential job ${job.name} has ended: shutting down with status ${code}`);
    this.shutdown(code);
  }

  reexec(): void {
    this.log('warn', 'Re-executing is not possible yet; nothing was changed');
  }

  #forward(name: string): void {
    const command = this.#supervisor?.core.job({ name: COMMAND_JOB, instance: '' }, this.#supervisor.now());
    const main = command?.processes.find(({ process }) => process === 'main');
    const number = signalNumber(name);
    if (main !== undefined && number !== undefined) this.#kernel?.processes.kill(main.pid, number);
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

/** The job that runs COMMAND of `foster init -- COMMAND`. */
export const COMMAND_JOB = 'command';
