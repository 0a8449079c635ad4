import type { JobRef } from './core/contract.js';

export { jobKey, jobOfKey } from '../tracker/job-key.js';

/** As Upstart names a job in its log: `foo`, or `foo (instance)`. */
export function jobLabel({ name, instance }: JobRef): string {
  return instance === '' ? name : `${name} (${instance})`;
}
