/** Names of log files. Pure. */
import type { JobRef } from '../core/contract.js';

/** JOB.log or JOB-INSTANCE.log; a slash in either becomes an underscore (Upstart section 7). */
export function logFileName({ name, instance }: JobRef): string {
  const stem = instance === '' ? name : `${name}-${instance}`;
  return `${stem.replaceAll('/', '_')}.log`;
}
