import { lacksDescriptors } from '../../kernel/files/descriptor-reserve.js';
import { closeSync } from 'node:fs';
import type { ProcessName } from '../../jobfile/job-class/job-class.js';
import type { DescriptorAction, Kernel, PreparedProgram } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import type { Part } from '../engine/part.js';
import { NO_ADDITIONS, type LaunchAdditions, type LaunchRequest } from './launch-request.js';
import { SCRIPT_DESCRIPTOR, SHELL } from './command.js';
import { EnvFiles } from './env-files.js';
import { Gates } from './gates.js';
import type { Identity } from './identity.js';
import { LaunchError } from './launch-error.js';
import { needsOf, valueOf, type LaunchDefaults } from './needs.js';
import { planOf, type Needs, type Plan } from './plan.js';
import { findProgram, type Place } from './resolve.js';
import { findTools, type Tools } from './tools.js';

/** Where the descriptors 0, 1 and 2 of a job come from. */
export interface StdioSource {
  /** The same array as long as nothing about it has changed; `owner` is whom the job runs as. */
  stdio(request: LaunchRequest, owner: Identity | undefined): readonly DescriptorAction[];
}

export interface LauncherOptions {
  readonly kernel: Pick<Kernel, 'processes' | 'files'>;
  readonly stdio: StdioSource;
  readonly defaults: LaunchDefaults;
  /** true: this process must be held at a gate although its own stanzas need none (a tracer, a cgroup) */
  readonly heldBack?: (request: LaunchRequest) => boolean;
  /** what the runtime does to a process at its gate besides limits and priorities; may throw LaunchError */
  readonly atGate?: (pid: number, request: LaunchRequest) => void;
  /** processes are traced from their start on: a daemon that forks within a millisecond is to be caught before */
  readonly isTraced?: boolean;
  /** what the process is given to speak to the supervisor; the same object as long as nothing about it has changed */
  readonly additions?: (request: LaunchRequest) => LaunchAdditions | undefined;
  /** is told what is odd about a job, and keeps nothing from starting */
  readonly warn?: (job: JobRef, text: string) => void;
  /** makes ready what has to be there before the process; may throw LaunchError */
  readonly prepared?: (request: LaunchRequest) => LaunchRequest;
  /** what programs there are to help; asked again when one is missing */
  readonly findTools?: () => Tools;
  /** the terminal on which the process is to be in the foreground, in the supervisor's session (COMMAND) */
  readonly foregroundOn?: (request: LaunchRequest) => number | undefined;
}

export interface Launched {
  readonly pid: number;
  /** It will stop itself before its program begins: `gates.open` it then, and treat the process as started only after that. */
  readonly gated: boolean;
}

/** Nothing has been started yet. */
export interface ReadyToStart extends Pick<Launched, 'gated'> {
  /** @returns the pid */
  readonly start: () => number;
}

/** A program made ready for one process of one job, and everything it was made from. */
interface Ready {
  readonly request: LaunchRequest;
  readonly stdio: readonly DescriptorAction[];
  readonly additions: LaunchAdditions;
  readonly owner: Identity | undefined;
  readonly plan: Plan;
  readonly program: PreparedProgram;
  /** the script's memory file, or none */
  readonly script: number | undefined;
  /** for a name without slash: where PATH led; a program installed since must be found (Upstart searches at each start) */
  readonly found: { readonly name: string; readonly at: string; readonly place: Place } | undefined;
}

/**
 * Starts the processes of jobs. A program is prepared at its first start and kept until the job is gone, so that a
 * respawn costs little beside `posix_spawn` itself.
 */
export class Launcher implements Part {
  private readonly jobs = new Map<string, Map<ProcessName, Ready>>();
  readonly gates: Gates;
  private readonly envFiles: EnvFiles;
  private tools: Tools;

  constructor(private readonly options: LauncherOptions) {
    this.envFiles = new EnvFiles(options.warn ?? (() => undefined));
    this.tools = (options.findTools ?? findTools)();
    this.gates = new Gates(options.kernel.processes, options.atGate);
  }

  /**
   * Starts a process and returns at once.
   *
   * @throws LaunchError whose `reason` goes into `Failed to spawn JOB PROCESS process: REASON`
   */
  launch(wanted: LaunchRequest): Launched {
    const { gated, start } = this.ready(wanted);
    return { gated, pid: start() };
  }

  /** Makes everything ready for a start. @throws LaunchError, as the start itself does */
  ready(wanted: LaunchRequest): ReadyToStart {
    const request = this.complete(wanted);
    const ready = this.readyOrPrepared(request);
    const settings = ready.plan.gate;
    const start = (): number => {
      const pid = this.spawn(request, ready);
      if (settings !== undefined) this.gates.expect(pid, request, settings);
      return pid;
    };
    return { gated: settings !== undefined, start };
  }

  /** What is looked up anew before each start: directories for the run, variables that stand in files. */
  private complete(request: LaunchRequest): LaunchRequest {
    const prepared = this.options.prepared?.(request) ?? request;
    return this.envFiles.complete(prepared, this.options.defaults);
  }

  /** For pipes, FIFOs and sockets of a job there may be no descriptor left: an error of this start, and of no other. */
  private readyOrPrepared(request: LaunchRequest): Ready {
    try {
      return this.readyFor(request) ?? this.prepare(request);
    } catch (error) {
      if (!(error instanceof SystemError && lacksDescriptors(error))) throw error;
      throw LaunchError.said('execute', error);
    }
  }

  /** Frees what was prepared for the job. */
  jobGone(job: JobRef): void {
    const key = jobKey(job);
    for (const ready of this.jobs.get(key)?.values() ?? []) free(ready);
    this.jobs.delete(key);
    this.envFiles.forget(job);
  }

  /** Frees everything. Running processes go on. */
  close(): void {
    for (const processes of this.jobs.values()) for (const ready of processes.values()) free(ready);
    this.jobs.clear();
  }

  /** What was prepared, if it is what would be prepared now. This is the path of a respawn. */
  private readyFor(request: LaunchRequest): Ready | undefined {
    const ready = this.jobs.get(jobKey(request.job))?.get(request.process);
    if (ready?.request.class !== request.class || !sameList(ready.request.env, request.env)) return undefined;
    if (this.options.stdio.stdio(request, ready.owner) !== ready.stdio) return undefined;
    if (this.additions(request) !== ready.additions) return undefined;
    if (ready.found === undefined) return ready;
    const { name, at, place } = ready.found;
    return findProgram(name, place) === at ? ready : undefined;
  }

  private prepare(request: LaunchRequest, how: 'as-is' | 'by-shell' = 'as-is'): Ready {
    const { defaults } = this.options;
    this.drop(request);
    const additions = this.additions(request);
    const heldBack = this.options.heldBack?.(request) ?? false;
    const { needs: direct, script } = needsOf(request, defaults, heldBack, additions);
    const needs = how === 'as-is' ? direct : byShell(direct);
    const plan = this.plan(needs);
    const stdio = this.options.stdio.stdio(request, needs.identity);
    const scriptFile = script === undefined ? undefined : this.scriptFile(request, script);
    const descriptors = [...stdio, ...additions.descriptors];
    const program = this.program(request, { plan, env: plan.env ?? needs.env, descriptors, scriptFile });
    const ready = {
      request,
      stdio,
      additions,
      owner: needs.identity,
      plan,
      program,
      script: scriptFile,
      found: foundByPath(needs),
    };
    this.remember(request, ready);
    return ready;
  }

  private program(
    request: LaunchRequest,
    parts: {
      plan: Plan;
      env: readonly string[];
      descriptors: readonly DescriptorAction[];
      scriptFile: number | undefined;
    },
  ): PreparedProgram {
    const { plan, env, descriptors, scriptFile } = parts;
    const script = scriptFile === undefined ? [] : [{ target: SCRIPT_DESCRIPTOR, source: scriptFile }];
    const foregroundOn = this.options.foregroundOn?.(request);
    try {
      return this.options.kernel.processes.prepare({
        path: plan.path,
        argv: plan.argv,
        env,
        directory: plan.directory,
        newSession: foregroundOn === undefined,
        isAwaited: this.options.isTraced === true,
        ...(foregroundOn !== undefined && { foregroundOn }),
        descriptors: [...descriptors, ...script],
      });
    } catch (error) {
      if (scriptFile !== undefined) closeSync(scriptFile);
      // a NUL byte, which may come in an event's environment
      if (error instanceof TypeError)
        throw LaunchError.other('unable to execute: Invalid argument', error.message);
      // `ready fd 9`, where a script comes by that descriptor
      if (error instanceof RangeError)
        throw LaunchError.other('unable to execute: Bad file descriptor', error.message);
      throw error;
    }
  }

  /** A tool may have been installed since the supervisor began. */
  private plan(needs: Needs): Plan {
    try {
      return planOf(needs, this.tools);
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      this.tools = (this.options.findTools ?? findTools)();
      return planOf(needs, this.tools);
    }
  }

  private scriptFile({ job, process }: LaunchRequest, script: string): number {
    const { files } = this.options.kernel;
    try {
      return files.makeMemoryFile(`${job.name} ${process}`.slice(0, 200), Buffer.from(script));
    } catch (error) {
      // neither memory nor any file system takes it
      if (error instanceof SystemError) throw LaunchError.said('execute', error);
      throw error;
    }
  }

  private spawn(request: LaunchRequest, ready: Ready): number {
    try {
      return this.withInheritance(ready, () => ready.program.spawn());
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // a script without `#!`: execvp(3), which Upstart uses, gives it to the shell
      if (error.code === 'ENOEXEC' && ready.plan.path !== SHELL) {
        return this.spawn(request, this.prepare(request, 'by-shell'));
      }
      this.drop(request);
      throw this.reasonFor(request, error);
    }
  }

  /** What a child takes over from this process, and `posix_spawn` has no attribute for, is changed for the moment of the start. */
  private withInheritance(ready: Ready, spawn: () => number): number {
    const { umask } = ready.plan;
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

  /** `posix_spawn` does not say which of its steps failed: whatever is missing by now is found by looking again. */
  private reasonFor(request: LaunchRequest, error: SystemError): LaunchError {
    try {
      needsOf(request, this.options.defaults, false, NO_ADDITIONS);
    } catch (found) {
      if (found instanceof LaunchError) return found;
      throw found;
    }
    return LaunchError.said('execute', error);
  }

  private additions(request: LaunchRequest): LaunchAdditions {
    return this.options.additions?.(request) ?? NO_ADDITIONS;
  }

  private remember({ job, process }: LaunchRequest, ready: Ready): void {
    const key = jobKey(job);
    const processes = this.jobs.get(key);
    if (processes === undefined) this.jobs.set(key, new Map([[process, ready]]));
    else processes.set(process, ready);
  }

  private drop({ job, process }: LaunchRequest): void {
    const processes = this.jobs.get(jobKey(job));
    const ready = processes?.get(process);
    if (ready === undefined) return;
    free(ready);
    processes?.delete(process);
  }
}

function free({ program, script }: Ready): void {
  program.release();
  if (script !== undefined) closeSync(script);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}

function byShell(needs: Needs): Needs {
  return { ...needs, argv: [SHELL, needs.program, ...needs.argv.slice(1)], program: SHELL };
}

function foundByPath({ argv, program, root, directory, env }: Needs): Ready['found'] {
  const name = argv[0]!;
  if (name.includes('/')) return undefined;
  return { name, at: program, place: { root, directory, path: valueOf(env, 'PATH') } };
}
