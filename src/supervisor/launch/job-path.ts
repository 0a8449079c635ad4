/** PATH of a job that does not set it, as in Upstart (section 2.1). */
export const JOB_PATH = '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin';
