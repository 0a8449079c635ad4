/**
 * Finds the jobs that a file may refer to: a job that it requires may be in the same directory, or installed
 * already.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkFile } from '../../jobfile/check.js';
import type { FileReport } from '../../jobfile/files/check-paths.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { jobFileName } from '../../jobfile/files/job-file-names.js';
import { loadDirectories, usedClasses } from '../../jobfile/files/load.js';
import { isCodedError } from '../../kernel/errno.js';

/** Files of the same directory that are read: it may be a home directory full of other files. */
const MOST_NEIGHBOURS = 2000;

/**
 * Returns all jobs that are known, by name.
 * @param reports the files that are looked at
 * @param files those of them that were named, not found below a directory
 * @param confdirs where jobs are installed
 */
export function knownJobs(
  reports: readonly FileReport[],
  files: readonly string[],
  confdirs: readonly string[],
): ReadonlyMap<string, JobClass> {
  const own = reports.flatMap(({ class: job, shadowedBy }) =>
    job === undefined || shadowedBy !== undefined ? [] : [job],
  );
  const neighbours = [...new Set(files.map((file) => dirname(file)))].flatMap(jobsIn);
  const installed = usedClasses(loadDirectories(confdirs)).values();
  const known = new Map<string, JobClass>();
  for (const job of [...own, ...neighbours, ...installed]) if (!known.has(job.name)) known.set(job.name, job);
  return known;
}

/** Returns the jobs of one directory, without subdirectories. */
function jobsIn(directory: string): readonly JobClass[] {
  let names;
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (isCodedError(error)) return []; // the file itself says what is wrong
    throw error;
  }
  const jobFiles = names.filter((name) => (jobFileName(name)?.kind ?? 'override') !== 'override');
  return jobFiles.slice(0, MOST_NEIGHBOURS).flatMap((name) => {
    const checked = checkFile(join(directory, name));
    return checked.ok ? [checked.class] : [];
  });
}
