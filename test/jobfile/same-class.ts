import type { JobClass } from '../../src/jobfile/job-class/job-class.js';

/** A class without what only says where it came from, to compare those of the two forms. */
export function withoutSource(job: JobClass): Omit<JobClass, 'source'> {
  const { source, ...rest } = job;
  if (source.path === '') throw new Error('a class has a source');
  return rest;
}
