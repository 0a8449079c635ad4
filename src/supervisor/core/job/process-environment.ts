/** The environment of a job and of its processes, in Upstart's order (section 2.2): later replaces earlier. */
import type { JobClass, ProcessName } from '../../../jobfile/job-class/job-class.js';
import type { CoreOptions, Job } from '../model.js';
import { endingVariables } from '../wait-status.js';
import { assign, environmentOf, toAssignments, type Environment } from '../environment.js';

/**
 * What a job of the class has before any event or command: the table that all jobs get, and the class' own `env`. It
 * also names the instance.
 */
export function classEnvironment(options: CoreOptions, jobClass: JobClass): Environment {
  const own = environmentOf(options.ownEnvironment);
  const environment: Environment = new Map(jobClass.envInherit === true ? own : []);
  assign(environment, options.jobEnvironment);
  assign(environment, jobClass.env, own);
  return environment;
}

/** The complete environment of a process. Only pre-stop and post-stop see what the stop brought with it. */
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
 * How main of this run ended, for a native job. Upstart gives these variables to events alone, and its job files may use their names for
 * something else.
 */
function endOfMain({ class: { source }, run: { launcher }, lastExit }: Job): readonly string[] {
  const isOfThisRun = launcher !== undefined && lastExit !== undefined && lastExit.at >= launcher.since;
  return source.syntax === 'ini' && isOfThisRun ? endingVariables(lastExit.status) : [];
}
