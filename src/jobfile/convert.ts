import type { Syntax } from './draft.js';
import type { JobClass } from './job-class/job-class.js';
import { writeConf } from './conf/write.js';
import { writeIni } from './ini/write.js';

/**
 * A job file that says what a class says. Comments are not part of a class and are lost, and so is which of two equal
 * ways to say something was chosen (`oom -5`, `oom score -294`); read again, the text gives the same class.
 */
export function convert(job: JobClass, to: Syntax): string {
  return to === 'ini' ? writeIni(job) : writeConf(job);
}
