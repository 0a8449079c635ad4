import type { Syntax } from './draft.js';
import type { JobClass } from './job-class/job-class.js';
import { writeConf } from './conf/write.js';
import { writeIni } from './ini/write.js';

/**
 * Writes a job file for a class. Comments are lost, because they are not part of a class, and so is the
 * choice between equivalent spellings (`oom -5`, `oom score -294`). Parsing the text gives the same class.
 */
export function convert(job: JobClass, to: Syntax): string {
  return to === 'ini' ? writeIni(job) : writeConf(job);
}
