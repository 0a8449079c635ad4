/** `foster init --rules FILE` as a job: the rules engine in a process of its own, so that a storm of events is none of PID 1's. Pure. */
import { jobClass, type JobClass } from '../../jobfile/job-class/job-class.js';
import type { InitOptions } from '../init-options.js';

/** The job's name. A job file of this name is not used then. */
export const RULES_JOB = 'foster-rules';

/**
 * @param program the words that run foster: the interpreter and the script
 * @returns undefined unless rules were given
 */
export function rulesJob({ rules }: InitOptions, program: readonly string[]): JobClass | undefined {
  if (rules === undefined) return undefined;
  const config = rules.flatMap((file) => ['--config', file]);
  return jobClass.create({
    name: RULES_JOB,
    source: { path: 'the command line', syntax: 'conf' },
    description: `cgroup rules of ${rules.join(', ')}`,
    processes: { main: { argv: [...program, 'rules', ...config] } },
    respawn: true,
    // as cgrulesengd(8): the rules are read again
    reloadSignal: 'USR2',
    respawnDelay: { first: 1, cap: 30, resetAfter: 30 },
  });
}
