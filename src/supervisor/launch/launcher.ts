import type { ProcessName } from '../../jobfile/job-class/job-class.js';
import { lacksDescriptors } from '../../kernel/files/descriptor-reserve.js';
import { SystemError } from '../../kernel/system-error.js';
import { jobKey } from '../../tracker/job-key.js';
import type { JobRef } from '../core/contract.js';
import type { Part } from '../engine/part.js';
import { SHELL } from './command.js';
import { EnvFiles } from './env-files.js';
import { Gates } from './gates.js';
import { LaunchError } from './launch-error.js';
import { NO_ADDITIONS, type LaunchRequest } from './launch-request.js';
import { needsOf } from './needs.js';
import { free, ProgramPreparation, type PreparationOptions, type Prepared } from './program-preparation.js';

export interface LauncherOptions extends PreparationOptions {
  /** what to do to a process at its gate besides limits and priorities; may throw LaunchError */
  readonly atGate?: (pid: number, request: LaunchRequest) => void;
  /** reports oddities of a job that do not prevent its start */
  readonly warn?: (job: JobRef, text: string) => void;
  /** makes what must exist before the process starts, such as directories; may throw LaunchError */
  readonly prepared?: (request: LaunchRequest) => LaunchRequest;
}

export interface Launched {
  readonly pid: number;
  /** The process stops itself before its program starts. It counts as started only after `gates.open`. */
  readonly gated: boolean;
}

/** A process that can be started at once. */
interface ReadyToStart extends Pick<Launched, 'gated'> {
  /** @returns the pid */
  readonly start: () => number;
}

/**
 * Starts the processes of jobs. A program is prepared at its first start and kept until the job is gone, so that a
 * respawn costs little more than `posix_spawn` itself.
 */
export class Launcher implements Part {
  private readonly jobs = new Map<string, Map<ProcessName, Prepared>>();
  readonly gates: Gates;
  private readonly envFiles: EnvFiles;
  private readonly preparation: ProgramPreparation;

  constructor(private readonly options: LauncherOptions) {
    this.envFiles = new EnvFiles(options.warn ?? (() => undefined));
    this.preparation = new ProgramPreparation(options);
    this.gates = new Gates(options.kernel.processes, options.atGate);
  }

  /**
   * Starts a process.
   *
   * @throws LaunchError, whose `reason` goes into `Failed to spawn JOB PROCESS process: REASON`
   */
  launch(wanted: LaunchRequest): Launched {
    const { gated, start } = this.ready(wanted);
    return { gated, pid: start() };
  }

  /** Prepares a start. @throws LaunchError, as the start itself does */
  ready(wanted: LaunchRequest): ReadyToStart {
    const request = this.complete(wanted);
    const prepared = this.preparedFor(request);
    const settings = prepared.gate;
    const start = (): number => {
      const pid = this.spawn(request, prepared);
      if (settings !== undefined) this.gates.expect(pid, request, settings);
      return pid;
    };
    return { gated: settings !== undefined, start };
  }

  /** Adds what is looked up before each start: directories of the run, and variables from files. */
  private complete(request: LaunchRequest): LaunchRequest {
    const prepared = this.options.prepared?.(request) ?? request;
    return this.envFiles.complete(prepared, this.options.defaults);
  }

  /** Returns the prepared launch. If descriptors for pipes, FIFOs or sockets run out, only this start fails. */
  private preparedFor(request: LaunchRequest): Prepared {
    try {
      const known = this.jobs.get(jobKey(request.job))?.get(request.process);
      return known !== undefined && this.preparation.isCurrent(known, request)
        ? known
        : this.prepare(request);
    } catch (error) {
      if (!(error instanceof SystemError && lacksDescriptors(error))) throw error;
      throw LaunchError.fromSystemError('execute', error);
    }
  }

  /** Frees what was prepared for the job. */
  jobGone(job: JobRef): void {
    const key = jobKey(job);
    for (const prepared of this.jobs.get(key)?.values() ?? []) free(prepared);
    this.jobs.delete(key);
    this.envFiles.forget(job);
  }

  /** Frees everything. Running processes go on. */
  close(): void {
    for (const processes of this.jobs.values()) for (const prepared of processes.values()) free(prepared);
    this.jobs.clear();
  }

  private prepare(request: LaunchRequest, how?: 'by-shell'): Prepared {
    this.drop(request);
    const prepared = this.preparation.prepare(request, how);
    this.remember(request, prepared);
    return prepared;
  }

  private spawn(request: LaunchRequest, prepared: Prepared): number {
    try {
      return this.withInheritance(prepared, () => prepared.program.spawn());
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // a script without `#!`: Upstart uses execvp(3), which passes it to the shell
      if (error.code === 'ENOEXEC' && prepared.path !== SHELL) {
        return this.spawn(request, this.prepare(request, 'by-shell'));
      }
      this.drop(request);
      throw this.reasonFor(request, error);
    }
  }

  /** Changes foster's own umask and limit for the moment of the start: `posix_spawn` cannot set them, and children inherit them. */
  private withInheritance(prepared: Prepared, spawn: () => number): number {
    const { umask } = prepared;
    const { openFiles } = this.options.defaults;
    const { processes } = this.options.kernel;
    const before = umask === undefined ? undefined : process.umask(umask);
    if (openFiles !== undefined) processes.setLimit(process.pid, openFiles.jobs);
    try {
      return spawn();
    } finally {
      if (openFiles !== undefined) processes.setLimit(process.pid, openFiles.own);
      if (before !== undefined && before !== umask) process.umask(before);
    }
  }

  /** Looks again for what is missing, since `posix_spawn` does not report which of its steps failed. */
  private reasonFor(request: LaunchRequest, error: SystemError): LaunchError {
    try {
      needsOf(request, this.options.defaults, false, NO_ADDITIONS);
    } catch (found) {
      if (found instanceof LaunchError) return found;
      throw found;
    }
    return LaunchError.fromSystemError('execute', error);
  }

  private remember({ job, process }: LaunchRequest, prepared: Prepared): void {
    const key = jobKey(job);
    const processes = this.jobs.get(key);
    if (processes === undefined) this.jobs.set(key, new Map([[process, prepared]]));
    else processes.set(process, prepared);
  }

  private drop({ job, process }: LaunchRequest): void {
    const processes = this.jobs.get(jobKey(job));
    const prepared = processes?.get(process);
    if (prepared === undefined) return;
    free(prepared);
    processes?.delete(process);
  }
}
