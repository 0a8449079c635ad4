import type { Kernel } from '../../kernel/kernel.js';
import { tracerOf } from '../../kernel/proc/process-status.js';
import type { EventSource } from '../../tracker/sources/source.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { Activation } from '../activation.js';
import type { JobGroups } from '../cgroup/job-groups.js';
import type { Configuration } from '../config/configuration.js';
import type { HealthChecks } from '../health/health-checks.js';
import type { StatusSources } from './job-status.js';
import type { ProcessEvents } from '../process-events/process-events.js';
import type { Readiness } from '../readiness/readiness.js';
import type { StatusMemory } from './status-memory.js';
import type { VerdictReports } from '../processes/verdict-reports.js';

/** The parts that know something that `status` shows. */
interface StatusParts {
  readonly kernel: Pick<Kernel, 'now' | 'proc'>;
  readonly source: EventSource;
  readonly tracking: Pick<Tracking, 'tracker'>;
  readonly memory: StatusMemory;
  readonly verdicts: Pick<VerdictReports, 'ambiguityOf'>;
  readonly activation: Pick<Activation, 'nextStart'>;
  readonly readiness: Pick<Readiness, 'reportOf'>;
  readonly processEvents: Pick<ProcessEvents, 'coreDumpOf'>;
  readonly health: Pick<HealthChecks, 'of'>;
  readonly groups: Pick<JobGroups, 'statusOf'>;
  readonly configuration: Pick<Configuration, 'files'>;
}

/** Collects the sources of one answer. */
export function statusSources(parts: StatusParts): StatusSources {
  const { kernel, source, tracking, memory } = parts;
  return {
    tracker: tracking.tracker,
    source,
    startedAt: memory.startedAt,
    trackerNow: () => kernel.now(),
    timeOf: (moment) => memory.timeOf(moment),
    ambiguity: (job) => parts.verdicts.ambiguityOf(job),
    nextStart: (name) => parts.activation.nextStart(name),
    selfReport: (job) => parts.readiness.reportOf(job),
    coreDumpOf: (job) => parts.processEvents.coreDumpOf(job),
    tracerOf,
    commOf: (pid) => kernel.proc.stat(pid)?.comm,
    healthOf: (job) => parts.health.of(job),
    groupOf: (job) => parts.groups.statusOf(job),
    fileOf: (name, inUse) => parts.configuration.files.of(name, inUse),
    isManual: (name) => parts.configuration.files.isManual(name),
  };
}
