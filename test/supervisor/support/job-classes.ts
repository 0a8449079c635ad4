import { jobClass, type JobClass } from '../../../src/jobfile/job-class/job-class.js';

/** A job class as the loader makes it from a `.conf` file with nothing but these stanzas. */
export function conf(stanzas: Partial<JobClass> = {}): JobClass {
  return jobClass.create({
    name: 'job',
    source: { path: '/etc/init/job.conf', syntax: 'conf' },
    processes: {},
    ...stanzas,
  });
}
