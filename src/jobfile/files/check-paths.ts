import { checkFile, type PlacedStanza } from '../check.js';
import type { JobClass } from '../job-class/job-class.js';
import type { JobFileError, JobFileWarning } from '../job-file-error.js';
import { diskReader, type DirectoryReader } from './directory-reader.js';
import { isHiddenJob } from './job-file-names.js';
import { loadDirectories, type LoadedFile } from './load.js';
import { statIfPossible } from '../../kernel/files/stat.js';

/** The result of checking one job file. */
export interface FileReport {
  readonly file: string;
  /** undefined if the file has an error */
  readonly class?: JobClass;
  readonly errors: readonly JobFileError[];
  readonly warnings: readonly JobFileWarning[];
  readonly stanzas: readonly PlacedStanza[];
  /** the file that takes precedence for this job */
  readonly shadowedBy?: string;
}

/**
 * Checks job files, and all job files below directories, with their overrides.
 *
 * @returns in the order of the paths; at least one report for each file
 */
export function checkPaths(paths: readonly string[]): readonly FileReport[] {
  return paths.flatMap((path) => (isDirectory(path) ? checkDirectories([path]) : [checkOne(path)]));
}

function isDirectory(path: string): boolean {
  // a missing path is reported as an unreadable file
  return statIfPossible(path)?.isDirectory() ?? false;
}

function checkOne(path: string): FileReport {
  const checked = checkFile(path);
  if (!checked.ok) return { file: path, errors: checked.errors, warnings: [], stanzas: [] };
  const { class: job, warnings, stanzas } = checked;
  return { file: path, class: job, errors: [], warnings, stanzas };
}

/** Checks directories as the supervisor reads them: of several files for one job only one is used. */
export function checkDirectories(
  directories: readonly string[],
  reader: DirectoryReader = diskReader,
): readonly FileReport[] {
  const { files, errors } = loadDirectories(directories, reader);
  const unreadable = errors.map((error) => ({
    file: error.file,
    errors: [error],
    warnings: [],
    stanzas: [],
  }));
  return [...unreadable, ...files.filter(({ name }) => !isHiddenJob(name)).map(reportLoaded)];
}

function reportLoaded({ path, class: job, errors, warnings, stanzas, shadowedBy }: LoadedFile): FileReport {
  const shadow =
    shadowedBy === undefined
      ? []
      : [{ file: path, line: 0, message: `not used: ${shadowedBy} has the same name` }];
  return {
    file: path,
    ...(job !== undefined && { class: job }),
    errors,
    warnings: [...shadow, ...warnings],
    stanzas,
    ...(shadowedBy !== undefined && { shadowedBy }),
  };
}
