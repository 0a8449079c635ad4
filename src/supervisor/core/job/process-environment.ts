/**
 * Builds the environment of a job and of its processes, in Upstart's order (section 2.2): later replaces
 * earlier.
 */
import type { JobClass, ProcessName } from '../../../jobfile/job-class/job-class.js';
import type { CoreOptions, Job } from '../model.js';
import { endingVariables } from '../wait-status.js';
import { assign, environmentOf, toAssignments, type Environment } from '../environment.js';

/**
 * Returns a job's environment before any event or command: the table for all jobs, and the class's own `env`.
 * It also determines the instance.
 */
export function classEnvironment(options: CoreOptions, jobClass: JobClass): Environment {
  const own = environmentOf(options.ownEnvironment);
  const environment: Environment = new Map(jobClass.envInherit === true ? own : []);
  assign(environment, options.jobEnvironment);
  assign(environment, jobClass.env, own);
  return environment;
}

/**
 * Returns the complete environment of a process. Only pre-stop and post-stop get the variables of the stop.
 */
export function processEnvironment(
  { session }: Pick<CoreOptions, 'session'>,
  job: Job,
  process: ProcessName,
): string[] {
  const environment: Environment = new Map(job.env);
  if (process === 'pre-stop' || process === 'post-stop') assign(environment, job.stopEnv);
  if (process === 'post-stop') assign(environment, endOfMain(job));
  environment.set('UPSTART_JOB', job.ref.name);
  environment.set('UPSTART_INSTANCE', job.ref.instance);
  if (session !== undefined) environment.set('UPSTART_SESSION', session);
  return toAssignments(environment);
}

/**
 * Returns how main of this run ended, as variables for a native job. Upstart has these variables only in
 * events, and its job files may use their names otherwise.
 */
function endOfMain({ class: { source }, run: { launcher }, lastExit }: Job): readonly string[] {
  const isOfThisRun = launcher !== undefined && lastExit !== undefined && lastExit.at >= launcher.since;
  return source.syntax === 'ini' && isOfThisRun ? endingVariables(lastExit.status) : [];
}
