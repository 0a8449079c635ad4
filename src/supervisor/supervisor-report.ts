import type { TrackingCounts } from '../tracker/live/reader.js';
import type { SupervisorReport } from './api.js';
import type { SupervisorParts } from './supervisor-parts.js';

/** How the supervisor is set up, for GET /v1/report. @param started when this program began */
export function supervisorReport(
  { options, version, source, tests }: SupervisorParts,
  started: Date,
  counts: TrackingCounts,
): SupervisorReport {
  const { confdirs, logdir, logIndex, rundir } = options;
  return {
    version,
    pid: process.pid,
    since: started.toISOString(),
    tracker: source.name,
    counts,
    sources: tests,
    confdirs,
    logdir,
    logIndex,
    rundir,
  };
}
