/**
 * Makes the job of `foster init --rules FILE`. The rules engine is a separate process, so that a storm of process
 * events does not burden PID 1. Pure.
 */
import { jobClass, type JobClass } from '../../jobfile/job-class/job-class.js';
import { COMMAND_LINE } from '../config/command-line.js';
import type { InitOptions } from '../init-options.js';

/** The job's name. A job file with this name is ignored. */
export const RULES_JOB = 'foster-rules';

/** @param program the command line that runs foster: interpreter and script @returns undefined without `--rules` */
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
