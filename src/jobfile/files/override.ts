import { placed, readConf, type PlacedStanza } from '../check.js';
import { draftOf, finish } from '../draft.js';
import type { JobClass } from '../job-class/job-class.js';
import type { JobFileError, JobFileWarning } from '../job-file-error.js';
import { lint } from '../lint.js';

interface Overridden {
  /** with the override, or unchanged if that has an error */
  readonly class: JobClass;
  readonly errors: readonly JobFileError[];
  readonly warnings: readonly JobFileWarning[];
  readonly stanzas: readonly PlacedStanza[];
}

/**
 * Applies NAME.override, in Upstart's syntax, to a class: it adds and replaces stanzas. An error leaves the
 * class unchanged. Upstart parses in place, so there half an override takes effect and then the job is lost
 * (upstart.md 1.1).
 *
 * @param text the whole override
 * @param path where it comes from
 */
export function applyOverride(job: JobClass, text: string, path: string): Overridden {
  const draft = draftOf(job, { ...job.source, override: path });
  const { parsed, errors } = readConf(text, draft);
  if (errors.length > 0) {
    return {
      class: job,
      errors: errors.map((refused) => ({ file: path, ...refused })),
      warnings: [],
      stanzas: [],
    };
  }
  return {
    class: finish(draft),
    errors: [],
    warnings: lint(parsed).map((hint) => ({ file: path, ...hint })),
    stanzas: placed(parsed, path),
  };
}
