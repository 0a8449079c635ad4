/** Looks up what a process of a job needs on this machine. The result is the input of the plan. */
import { jobClass, type JobClass } from '../../jobfile/job-class/job-class.js';
import type { ResourceLimit } from '../../kernel/kernel.js';
import { environmentOf } from '../core/environment.js';
import { expand } from '../core/expansion.js';
import type { LaunchAdditions, LaunchRequest } from './launch-request.js';
import { invocationOf, SCRIPT_DESCRIPTOR, withoutDescriptor, type Invocation } from './command.js';
import { launchEnvironment } from './environment.js';
import { identityOf, jobUser, type Self } from './identity.js';
import { LaunchError } from './launch-error.js';
import type { OpenFiles } from './open-files.js';
import type { GateSettings, Needs } from './plan.js';
import {
  checkInterpreter,
  checkRoot,
  checkWorkingDirectory,
  findProgram,
  hasProc,
  type Place,
} from './resolve.js';
import { usersIn } from './users.js';
import type { ProcessName } from '../../jobfile/job-class/values.js';

/** What is the same for all jobs. */
export interface LaunchDefaults {
  readonly self: Self;
  /** foster's own environment */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** `KEY=VALUE`s that every job gets */
  readonly table: readonly string[];
  /** path of the control socket, for the variable FOSTER_SOCKET */
  readonly socket?: string;
  /** `/`, or in user mode foster's own directory */
  readonly directory: string;
  /** 022; undefined in user mode: foster's own */
  readonly umask: number | undefined;
  /** the limit of open files of jobs, if it differs from foster's own */
  readonly openFiles?: OpenFiles | undefined;
}

/**
 * @param heldBack see Needs
 * @param additions see LaunchAdditions
 * @throws LaunchError for whatever is missing
 */
export function needsOf(
  request: LaunchRequest,
  defaults: LaunchDefaults,
  heldBack: boolean,
  additions: LaunchAdditions,
): { readonly needs: Needs; readonly script: string | undefined } {
  const jobClass = attributesOf(request);
  const root = jobClass.chroot ?? '/';
  const directory = jobClass.chdir ?? defaults.directory;
  if (root !== '/') checkRoot(root);
  checkWorkingDirectory(root, directory);
  const users = usersIn(root);
  const identity = identityOf(jobClass, users, defaults.self);
  const added = additions.variables;
  const env = launchEnvironment({ ...request, ...defaults, user: jobUser(jobClass, users), added });
  const invocation = commandOf(request.class, request.process, root);
  const program = programOf(invocation, { root, directory, path: valueOf(env, 'PATH') });
  const settings = settingsOf(jobClass);
  const needs: Needs = {
    argv: invocation.argv,
    program,
    env,
    root,
    directory,
    umask: jobClass.umask ?? defaults.umask,
    identity,
    // Upstart section 2: the switch affects main only
    apparmorProfile: request.process === 'main' ? profileOf(jobClass, env) : undefined,
    settings,
    openFiles: settings.limits.find(({ resource }) => resource === 'nofile') ?? defaults.openFiles?.jobs,
    descriptors: [
      ...additions.descriptors.map(({ target }) => target),
      ...(invocation.script === undefined ? [] : [SCRIPT_DESCRIPTOR]),
    ],
    heldBack,
    ownPid: additions.ownPid,
  };
  return { needs, script: invocation.script };
}

/**
 * Directories, limits and identity of a job apply to all its processes except the one that loads an AppArmor profile
 * (Upstart section 2).
 */
function attributesOf({ class: own, process }: LaunchRequest): JobClass {
  if (process !== 'security') return own;
  const { name, source, processes, env, export: exported, emits } = own;
  return jobClass.create({ name, source, processes, env, export: exported, emits });
}

function profileOf({ apparmorSwitch }: JobClass, env: readonly string[]): string | undefined {
  if (apparmorSwitch === undefined) return undefined;
  const expansion = expand(apparmorSwitch, environmentOf(env));
  if (expansion.ok) return expansion.text;
  throw LaunchError.other('unable to switch AppArmor profile', `${apparmorSwitch}: ${expansion.message}`);
}

function commandOf(jobClass: JobClass, process: ProcessName, root: string): Invocation {
  const command = jobClass.processes[process];
  if (command === undefined)
    throw LaunchError.other('unable to execute: no command', `${jobClass.name} has no ${process}`);
  const invocation = invocationOf(command);
  return invocation.script !== undefined && !hasProc(root) ? withoutDescriptor(command) : invocation;
}

function programOf({ argv }: Invocation, place: Place): string {
  if (argv[0] === undefined)
    throw LaunchError.other('unable to execute: no command', '`exec` names no program');
  const program = findProgram(argv[0], place);
  checkInterpreter(program, place.root);
  return program;
}

function settingsOf({ limits, nice, oomScoreAdj }: JobClass): GateSettings {
  return {
    limits: Object.entries(limits).map(([resource, limit]): ResourceLimit => ({ resource, ...limit })),
    nice,
    oomScoreAdj,
  };
}

export function valueOf(env: readonly string[], key: string): string | undefined {
  return env.find((entry) => entry.startsWith(`${key}=`))?.slice(key.length + 1);
}
