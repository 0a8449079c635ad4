/** Makes the jobs that the command line of `foster init` defines, instead of a file. Pure. */
import { jobClass, type JobClass } from '../../jobfile/job-class/job-class.js';
import { COMMAND_LINE } from '../config/job-files.js';
import type { InitOptions } from '../init-options.js';

/** The name of COMMAND's job. A job file with this name is ignored. */
export const COMMAND_JOB = 'command';

/** What COMMAND inherits from foster's process, besides environment and descriptors. */
interface Inherited {
  readonly directory: string;
  readonly umask: number;
}

/**
 * Makes the job of `foster init -- COMMAND`: it is essential, and inherits what the container gave to foster.
 * @returns undefined if there is no COMMAND
 */
export function commandJob(options: InitOptions, { directory, umask }: Inherited): JobClass | undefined {
  const { command, stopBudget, noHandOff } = options;
  if (command === undefined) return undefined;
  return jobClass.create({
    name: COMMAND_JOB,
    source: COMMAND_LINE,
    description: command.join(' '),
    processes: { main: { argv: command } },
    essential: true,
    // a shell that exits leaves workers in its session; a daemon has left the session
    handOff: noHandOff === true ? 'never' : 'session',
    console: 'owner',
    envInherit: true,
    chdir: directory,
    umask,
    // only the stop budget limits how long it may take to end
    killTimeout: stopBudget,
  });
}

/** The name of the job of the rules engine. A job file with this name is ignored. */
export const RULES_JOB = 'foster-rules';

/**
 * Makes the job of `foster init --rules FILE`. The rules engine is a separate process, so that a storm of process
 * events does not burden PID 1.
 * @param program the command line that runs foster: interpreter and script
 * @returns undefined without `--rules`
 */
export function rulesJob({ rules }: InitOptions, program: readonly string[]): JobClass | undefined {
  if (rules === undefined) return undefined;
  const config = rules.flatMap((file) => ['--config', file]);
  return jobClass.create({
    name: RULES_JOB,
    source: COMMAND_LINE,
    description: `cgroup rules of ${rules.join(', ')}`,
    processes: { main: { argv: [...program, 'rules', ...config] } },
    respawn: true,
    // as for cgrulesengd(8): it reads the rules again
    reloadSignal: 'USR2',
    respawnDelay: { first: 1, cap: 30, resetAfter: 30 },
  });
}
