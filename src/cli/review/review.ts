/**
 * Finds what is valid in a job file but does not do what its author wants: the warnings of `foster check`.
 */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { reviewCommands } from './commands.js';
import { reviewEnvFiles } from './env-files.js';
import { reviewEnvironment } from './environment.js';
import { reviewInstances } from './instances.js';
import { knownEvents, reviewExpectations, type KnownEvents } from './expectations.js';
import type { ReviewedJob } from './job.js';
import { reviewRelations } from './relations.js';
import { reviewAccounts, reviewDirectories } from './surroundings.js';
import { reviewValues } from './values.js';

/** Reviews jobs in the context of all others. */
export class Reviewer {
  readonly #known: KnownEvents;

  /** @param jobs all jobs by name, including those under review */
  constructor(private readonly jobs: ReadonlyMap<string, JobClass>) {
    this.#known = knownEvents(jobs);
  }

  /**
   * Returns the remarks on a job in the order of its lines, except for syntax errors in scripts (scripts.ts).
   */
  async review(job: ReviewedJob): Promise<readonly JobFileWarning[]> {
    const remarks = [
      ...reviewCommands(job),
      ...reviewEnvironment(job),
      ...reviewEnvFiles(job),
      ...reviewValues(job),
      ...reviewDirectories(job),
      ...(await reviewAccounts(job)),
      ...reviewInstances(job),
      ...reviewRelations(job, this.jobs),
      ...reviewExpectations(job, this.#known),
    ];
    return remarks.sort((one, other) => one.line - other.line);
  }
}
