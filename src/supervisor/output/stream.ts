/** What jobs write: one stream for both standard output and standard error, or (`log split`) one for each. */
import { jobKey } from '../../tracker/job-key.js';
import type { JobRef } from '../core/contract.js';

export interface StreamRef extends JobRef {
  /** undefined: standard output, or both */
  readonly stream?: 'stderr';
}

export function streamKey({ name, instance, stream }: StreamRef): string {
  const key = jobKey({ name, instance });
  return stream === undefined ? key : `${key}\0${stream}`;
}

export function stderrOf({ name, instance }: JobRef): StreamRef {
  return { name, instance, stream: 'stderr' };
}
