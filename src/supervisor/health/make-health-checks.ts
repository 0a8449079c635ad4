import type { Core } from '../core/core.js';
import type { CoreInput, Milliseconds } from '../core/contract.js';
import type { JobGroups } from '../cgroup/job-groups.js';
import type { Report } from '../output/report.js';
import type { SupervisorParts } from '../supervisor-parts.js';
import type { Tracking } from '../../tracker/tracking.js';
import { ExecProbes } from './exec-probe.js';
import { HealthChecks } from './health-checks.js';

/** What checks need of the supervisor that they belong to. */
export interface CheckedSupervisor {
  readonly core: Core;
  readonly engine: { submit(input: CoreInput): void };
  readonly tracking: Tracking;
  readonly groups: JobGroups;
  readonly now: () => Milliseconds;
  say: Report;
}

/** Nothing of the supervisor is used before the first check: it may still be being made. */
export function makeHealthChecks(
  { kernel, launchDefaults }: Pick<SupervisorParts, 'kernel' | 'launchDefaults'>,
  supervisor: CheckedSupervisor,
): HealthChecks {
  const exec = new ExecProbes({
    kernel,
    defaults: launchDefaults,
    launch: (job, start) => supervisor.tracking.launchHook(job, 'health', start),
  });
  return new HealthChecks({
    now: supervisor.now,
    submit: (input) => supervisor.engine.submit(input),
    classOf: (job) => supervisor.core.job(job, supervisor.now())?.class,
    environmentOf: (job) => supervisor.core.environment(job),
    isFrozen: (job) => supervisor.groups.statusOf(job)?.frozen === true,
    exec,
    report: (level, text) => supervisor.say(level, text),
  });
}
