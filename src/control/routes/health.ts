/** Whether everything that should run does, for container health checks. */
import type { JobStatus } from '../../supervisor/api/job-status.js';
import type { UnreadableDirectory } from '../../supervisor/config/job-files.js';
import type { HealthAnswer } from '../protocol.js';

/**
 * A job is ready when it runs, or when nobody wants it to. One that has failed and was given up is what a health check is
 * there to find; a job that was stopped on purpose has no failure.
 */
export function health(
  jobs: readonly JobStatus[],
  unreadable: readonly UnreadableDirectory[] = [],
): HealthAnswer {
  const unready = jobs.flatMap((job) => {
    const reason = whyUnready(job);
    if (reason === undefined) return [];
    return [{ job: job.instance === '' ? job.name : `${job.name} (${job.instance})`, reason }];
  });
  // jobs that should run may be in it, and nobody knows of them
  for (const { path, reason } of unreadable) unready.push({ job: path, reason });
  return { live: true, ready: unready.length === 0, unready };
}

function whyUnready(job: JobStatus): string | undefined {
  // what runs is not what the next start would be: an edit that nobody has looked at
  if (job.file?.state === 'broken') return `file broken: ${job.file.error ?? job.file.path}`;
  if (job.goal === 'stop') return job.failure;
  if (job.health?.state === 'unhealthy') return `unhealthy: ${job.health.last?.text ?? ''}`;
  if (job.state === 'running') return undefined;
  return job.waitingFor ?? `${job.goal}/${job.state}`;
}
