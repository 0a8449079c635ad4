/** Warns about conflicts between copies of a job. */
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { at, type Remark, type ReviewedJob } from './job.js';

export function reviewInstances(job: ReviewedJob): readonly JobFileWarning[] {
  const { instances, pidFile, health } = job.class;
  if (instances === undefined || instances.count === 0 || instances.count === 1) return [];
  const remarks: (readonly [string, Remark])[] = [];
  if (pidFile !== undefined)
    remarks.push([
      'pid file',
      {
        message: 'all instances of the job write one PID file: it names the one that wrote last',
        remedy: 'leave it out: foster follows each of them without it',
      },
    ]);
  if (health !== undefined && health.by !== 'exec')
    remarks.push([
      `health ${health.by}`,
      {
        message: 'all instances of the job are asked at one address: whichever answers speaks for all',
        remedy: '`health exec` knows its INSTANCE',
        note: true,
      },
    ]);
  return remarks.map(([stanza, remark]) => at(job, stanza, remark));
}
