/**
 * Makes the job of `foster init -- COMMAND`: it is essential, and inherits what the container gave to foster. Pure.
 */
import { jobClass, type JobClass } from '../../jobfile/job-class/job-class.js';
import { COMMAND_LINE } from '../config/command-line.js';
import type { InitOptions } from '../init-options.js';

/** The job's name. A job file with this name is ignored. */
export const COMMAND_JOB = 'command';

/** What COMMAND inherits from foster's process, besides environment and descriptors. */
interface Inherited {
  readonly directory: string;
  readonly umask: number;
}

/** @returns undefined if there is no COMMAND */
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
