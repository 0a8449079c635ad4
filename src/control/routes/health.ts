/** Checks whether everything that should run does, for container health checks. */
import type { JobStatus } from '../../supervisor/api/job-status.js';
import type { UnreadableDirectory } from '../../supervisor/config/job-files.js';
import { jobLabel } from '../../tracker/job-key.js';
import type { HealthAnswer } from '../protocol.js';

/**
 * Returns the health. A job is ready if it runs or should not run. A failed job that was given up is what a
 * health check must find; a job that was stopped on purpose has no failure.
 */
export function health(
  jobs: readonly JobStatus[],
  unreadable: readonly UnreadableDirectory[] = [],
): HealthAnswer {
  const unready = jobs.flatMap((job) => {
    const reason = whyUnready(job);
    if (reason === undefined) return [];
    return [{ job: jobLabel(job), reason }];
  });
  // it may contain unknown jobs that should run
  for (const { path, reason } of unreadable) unready.push({ job: path, reason });
  return { live: true, ready: unready.length === 0, unready };
}

function whyUnready(job: JobStatus): string | undefined {
  // the next start would differ from what runs: an unchecked edit
  if (job.file?.state === 'broken') return `file broken: ${job.file.error ?? job.file.path}`;
  if (job.goal === 'stop') return job.failure;
  if (job.health?.state === 'unhealthy') return `unhealthy: ${job.health.last?.text ?? ''}`;
  if (job.state === 'running') return undefined;
  return job.waitingFor === undefined ? `${job.goal}/${job.state}` : `waits for ${job.waitingFor}`;
}
