/** `foster freeze`, `foster thaw` and `foster top`. */
import { setImmediate } from 'node:timers/promises';
import { processUsage } from '../../kernel/proc/process-usage.js';
import { SystemError } from '../../kernel/system-error.js';
import type { GroupApi } from '../api/report.js';
import type { JobUsage } from '../api/usage.js';
import type { CommandAnswer } from '../api/requests.js';
import type { CommandError, JobRef } from '../core/contract.js';
import { jobLabel } from '../../tracker/job-key.js';
import type { JobGroups } from './job-groups.js';
import { usageOfJobs } from './job-usage.js';
import type { Statuses } from '../status/statuses.js';

type Jobs = Pick<Statuses, 'find' | 'jobs'>;

export class GroupCommands implements GroupApi {
  constructor(
    private readonly groups: Pick<JobGroups, 'of'>,
    private readonly jobs: Jobs,
  ) {}

  usage(patterns?: readonly string[]): Promise<readonly JobUsage[]> {
    return usageOfJobs(this.jobs.jobs(patterns), processUsage, () => setImmediate());
  }

  /**
   * Freezes or thaws all processes of a job. Stopping a frozen job thaws it.
   * @param env selects the instance, as for other commands
   */
  freeze(frozen: boolean, name: string, env: readonly string[], instance?: string): CommandAnswer {
    const found = this.jobs.find(name, env, instance);
    if ('ok' in found) return { outcome: found, status: null, output: [] };
    const job = { name: found.name, instance: found.instance };
    if (found.state === 'waiting') return refused(job, 'not-running', `Job is not running: ${jobLabel(job)}`);
    const group = this.groups.of(job);
    if (group === undefined || group.places.length === 0)
      return refused(
        job,
        'invalid-argument',
        `Job has no cgroup: ${jobLabel(job)}`,
        'a `cgroup` stanza gives it one',
      );
    try {
      if (!group.freeze(frozen))
        return refused(
          job,
          'job-failed',
          `Nothing here can freeze: ${jobLabel(job)}`,
          'Linux 5.2 or the freezer',
        );
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return refused(job, 'job-failed', `Job cannot be frozen: ${jobLabel(job)}`, error.message);
    }
    const status = this.jobs.find(name, env, instance);
    return { outcome: { ok: true, job }, status: 'ok' in status ? null : status, output: [] };
  }
}

function refused(job: JobRef, error: CommandError, message: string, detail?: string): CommandAnswer {
  const outcome = { ok: false, error, message, job, ...(detail !== undefined && { detail }) } as const;
  return { outcome, status: null, output: [] };
}
