import { statSync } from 'node:fs';
import { checkFile } from './check.js';
import type { JobClass } from './job-class.js';
import type { JobFileError, JobFileWarning } from './job-file-error.js';
import { loadDirectories, type LoadedFile } from './load.js';
import { shellErrors } from './shell-syntax.js';

/** What is to be said about one job file. */
export interface FileReport {
  readonly file: string;
  /** absent when the file has an error */
  readonly class?: JobClass;
  readonly errors: readonly JobFileError[];
  readonly warnings: readonly JobFileWarning[];
}

export interface CheckOptions {
  /** ask the shell about scripts too */
  readonly scripts?: boolean;
}

/**
 * Checks job files, and all job files below directories, with their overrides.
 *
 * @returns in the order of the paths; at least one report for each of them that is a file
 */
export function checkPaths(paths: readonly string[], options: CheckOptions = {}): readonly FileReport[] {
  const reports = paths.flatMap((path) => (isDirectory(path) ? checkDirectory(path) : [checkOne(path)]));
  return options.scripts ? reports.map(withShellErrors) : reports;
}

function isDirectory(path: string): boolean {
  // what does not exist is reported as a file that cannot be read
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function checkOne(path: string): FileReport {
  const checked = checkFile(path);
  return checked.ok
    ? { file: path, class: checked.class, errors: [], warnings: checked.warnings }
    : { file: path, errors: checked.errors, warnings: [] };
}

function checkDirectory(directory: string): FileReport[] {
  const { files, errors } = loadDirectories([directory]);
  const unreadable = errors.map((error) => ({ file: error.file, errors: [error], warnings: [] }));
  return [...unreadable, ...files.map(reportLoaded)];
}

function reportLoaded({ path, class: job, errors, warnings, shadowedBy }: LoadedFile): FileReport {
  const shadow =
    shadowedBy === undefined
      ? []
      : [{ file: path, line: 0, message: `not used: ${shadowedBy} has the same name` }];
  return { file: path, ...(job !== undefined && { class: job }), errors, warnings: [...shadow, ...warnings] };
}

function withShellErrors(report: FileReport): FileReport {
  if (report.class === undefined) return report;
  const refused = shellErrors(report.class).map((message) => ({ file: report.file, line: 0, message }));
  return { ...report, errors: [...report.errors, ...refused] };
}
