/** COMMAND of `foster init -- COMMAND` as a job: the essential one, which inherits what the container gave to foster. Pure. */
import { jobClass, type JobClass } from '../../jobfile/job-class/job-class.js';
import type { InitOptions } from '../init-options.js';

/** The job's name. A job file of this name is not used then. */
export const COMMAND_JOB = 'command';

/** What of the supervisor's own process COMMAND inherits, besides environment and descriptors. */
export interface Inherited {
  readonly directory: string;
  readonly umask: number;
}

/** @returns undefined unless a COMMAND was given */
export function commandJob(options: InitOptions, { directory, umask }: Inherited): JobClass | undefined {
  const { command, stopBudget, noHandOff } = options;
  if (command === undefined) return undefined;
  return jobClass.create({
    name: COMMAND_JOB,
    source: { path: 'the command line', syntax: 'conf' },
    description: command.join(' '),
    processes: { main: { argv: command } },
    essential: true,
    // a shell leaves workers in its session when it exits; a daemon leaves the session
    handOff: noHandOff === true ? 'never' : 'session',
    console: 'owner',
    envInherit: true,
    chdir: directory,
    umask,
    // nothing but the budget of the whole shutdown limits how long it may take to end
    killTimeout: stopBudget,
  });
}
