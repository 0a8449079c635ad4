/** Everything that is valid in a job file and will not do what somebody wants: what `foster check` warns of. */
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

/** Looks at jobs beside all others that there are. */
export class Reviewer {
  readonly #known: KnownEvents;

  /** @param jobs all jobs there are, by name: those that are looked at among them */
  constructor(private readonly jobs: ReadonlyMap<string, JobClass>) {
    this.#known = knownEvents(jobs);
  }

  /** Returns what is to be remarked on a job, but for what the shell says of its scripts (scripts.ts), in the order of the lines. */
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
