/**
 * Prepares a process of a job for its start: looks up what it needs, plans how it gets to its program, and marshals the
 * arguments of `posix_spawn`. A prepared program is used for respawns as long as nothing has changed.
 */
import { closeSync, existsSync } from 'node:fs';
import type { DescriptorAction, Kernel, PreparedProgram } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import { isShell } from '../../tracker/lineage/program.js';
import { SCRIPT_DESCRIPTOR, SHELL } from './command.js';
import type { Identity } from './identity.js';
import { LaunchError } from './launch-error.js';
import { NO_ADDITIONS, type LaunchAdditions, type LaunchRequest } from './launch-request.js';
import { needsOf, valueOf, type LaunchDefaults } from './needs.js';
import { planOf, type GateSettings, type Needs, type Plan } from './plan.js';
import { findProgram, isScript, type Place } from './resolve.js';
import { findTools, type Tools } from './tools.js';

/** Provides the descriptors 0, 1 and 2 of jobs. */
export interface StdioSource {
  /**
   * Returns the same array as long as nothing about it has changed.
   * @param owner the job's user
   */
  stdio(request: LaunchRequest, owner: Identity | undefined): readonly DescriptorAction[];
}

export interface PreparationOptions {
  readonly kernel: Pick<Kernel, 'processes' | 'files'>;
  readonly stdio: StdioSource;
  readonly defaults: LaunchDefaults;
  /** whether a process must be held at a gate although its own stanzas need none (for a cgroup) */
  readonly heldBack?: (request: LaunchRequest) => boolean;
  /** processes are traced from their start: even a daemon that forks within a millisecond is caught, and a script is held back */
  readonly isTraced?: boolean;
  /** what the process gets to talk to foster; the same object as long as nothing about it has changed */
  readonly additions?: (request: LaunchRequest) => LaunchAdditions | undefined;
  /** finds helper programs; called again if one is missing */
  readonly findTools?: () => Tools;
  /** the terminal on which the process becomes the foreground job, in foster's session (COMMAND) */
  readonly foregroundOn?: (request: LaunchRequest) => number | undefined;
}

/** A prepared program, and what it was prepared from as far as that may change. */
export interface Prepared extends Pick<LaunchRequest, 'class' | 'env'>, Pick<Plan, 'umask' | 'path'> {
  readonly gate: GateSettings | undefined;
  readonly stdio: readonly DescriptorAction[];
  readonly additions: LaunchAdditions;
  readonly owner: Identity | undefined;
  readonly program: PreparedProgram;
  /** descriptor of the script's memory file */
  readonly script: number | undefined;
  /** for a name without slash: where PATH led, since Upstart searches PATH at each start */
  readonly found: { readonly name: string; readonly at: string; readonly place: Place } | undefined;
}

export class ProgramPreparation {
  private tools: Tools;

  constructor(private readonly options: PreparationOptions) {
    this.tools = (options.findTools ?? findTools)();
  }

  /** Returns whether preparing it now would give the same. A respawn takes this path. */
  isCurrent(prepared: Prepared, request: LaunchRequest): boolean {
    if (prepared.class !== request.class || !sameList(prepared.env, request.env)) return false;
    if (this.options.stdio.stdio(request, prepared.owner) !== prepared.stdio) return false;
    if (this.additions(request) !== prepared.additions) return false;
    if (prepared.found === undefined) return true;
    const { name, at, place } = prepared.found;
    return findProgram(name, place) === at;
  }

  /**
   * Prepares a program. The caller frees it.
   * @param how `by-shell`: the program is a script without `#!`
   * @throws LaunchError
   */
  prepare(request: LaunchRequest, how: 'as-is' | 'by-shell' = 'as-is'): Prepared {
    const { defaults } = this.options;
    const additions = this.additions(request);
    const heldBack = this.options.heldBack?.(request) ?? false;
    const { needs: direct, script } = needsOf(request, defaults, heldBack, additions);
    const needs = how === 'as-is' ? this.heldUntilTraced(request, direct) : byShell(direct);
    const plan = this.plan(needs);
    const stdio = this.options.stdio.stdio(request, needs.identity);
    const scriptFile = script === undefined ? undefined : this.scriptFile(request, script);
    const descriptors = [...stdio, ...additions.descriptors];
    const program = this.program(request, { plan, env: plan.env ?? needs.env, descriptors, scriptFile });
    return {
      class: request.class,
      env: request.env,
      umask: plan.umask,
      path: plan.path,
      gate: plan.gate,
      stdio,
      additions,
      owner: needs.identity,
      program,
      script: scriptFile,
      found: foundByPath(needs),
    };
  }

  /**
   * Holds back a script until it is traced. Otherwise, on a busy machine, it may already have started helpers and exec'd another
   * program, and it would be impossible to tell which of the two started the helpers. Other programs rarely do that; they start
   * without a gate, which is faster.
   */
  private heldUntilTraced({ process }: LaunchRequest, needs: Needs): Needs {
    if (this.options.isTraced !== true || process !== 'main') return needs;
    const { program, root, argv } = needs;
    const mayExec = isShell({ executable: program, argv }) || isScript(program, root);
    // without a shell there are scripts of other interpreters, but there is no gate
    return mayExec && existsSync(SHELL) ? { ...needs, heldBack: true } : needs;
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
      // a NUL byte, which the environment of an event may contain
      if (error instanceof TypeError)
        throw LaunchError.other('unable to execute: Invalid argument', error.message);
      // `ready fd 9`, if the script is passed on that descriptor
      if (error instanceof RangeError)
        throw LaunchError.other('unable to execute: Bad file descriptor', error.message);
      throw error;
    }
  }

  /** Searches for the tools again if one is missing: it may have been installed meanwhile. */
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
      // no memory, and no file system with room for it
      if (error instanceof SystemError) throw LaunchError.fromSystemError('execute', error);
      throw error;
    }
  }

  private additions(request: LaunchRequest): LaunchAdditions {
    return this.options.additions?.(request) ?? NO_ADDITIONS;
  }
}

export function free({ program, script }: Prepared): void {
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

function foundByPath({ argv, program, root, directory, env }: Needs): Prepared['found'] {
  const name = argv[0]!;
  if (name.includes('/')) return undefined;
  return { name, at: program, place: { root, directory, path: valueOf(env, 'PATH') } };
}
