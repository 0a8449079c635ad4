/**
 * Finds what `foster check` checks: named files and directories, jobs by name, or all that the supervisor
 * would read.
 */
import { basename } from 'node:path';
import { RefusedError, UnreachableError } from '../../control/client/client.js';
import { SocketPathError } from '../../control/socket-address.js';
import { checkDirectories, checkPaths, type FileReport } from '../../jobfile/files/check-paths.js';
import { diskReader, type DirectoryReader } from '../../jobfile/files/directory-reader.js';
import { jobFileName } from '../../jobfile/files/job-file-names.js';
import { nearestWord } from '../../jobfile/stanzas/nearest-word.js';
import { statIfPossible } from '../../kernel/files/stat.js';
import type { SupervisorReport } from '../../supervisor/api/report.js';
import { guardedReader } from '../../supervisor/config/guarded-reader.js';
import { configurationDirectories } from '../../supervisor/directories.js';
import { searchedText } from '../select-jobs.js';
import type { Invocation } from '../invocation.js';

/** Directories of installed jobs. */
interface Installed {
  readonly confdirs: readonly string[];
  /** the administrator named them */
  readonly isNamed: boolean;
}

/** Returns the directories of the running supervisor, or those that a supervisor would use. */
export async function installedJobs(invocation: Invocation): Promise<Installed> {
  const { uid, env } = invocation.terminal;
  try {
    const report: Pick<SupervisorReport, 'confdirs'> & Partial<SupervisorReport> = await invocation
      .client()
      .request<SupervisorReport>('/v1/report');
    return { confdirs: report.confdirs, isNamed: report.isConfdirNamed ?? true };
  } catch (error) {
    if (![UnreachableError, RefusedError, SocketPathError].some((kind) => error instanceof kind)) throw error;
    const confdirs = configurationDirectories({ uid, env }, uid !== 0);
    return { confdirs, isNamed: (env['UPSTART_CONFDIR'] ?? '') !== '' };
  }
}

/**
 * Checks what the words name, as the supervisor would read it; without words, its directories.
 * @returns at least one report per word
 */
export function checkWords(
  words: readonly string[],
  { confdirs, isNamed }: Installed,
  uid: number,
): readonly FileReport[] {
  let all: readonly FileReport[] | undefined;
  // what root's supervisor refuses to read is an error here, too; its warnings go to its log
  const reader: DirectoryReader =
    uid === 0 ? guardedReader({ reader: diskReader, isNamed, report: () => undefined }) : diskReader;
  const installed = (): readonly FileReport[] => (all ??= checkDirectories(confdirs, reader));
  if (words.length === 0) return installed();
  return words.flatMap((word) =>
    statIfPossible(word) === undefined ? checkJob(word, installed(), confdirs) : checkPaths([word]),
  );
}

/** Checks a job named as `web`, `web.ini` or `web (2)`. */
function checkJob(
  word: string,
  installed: readonly FileReport[],
  confdirs: readonly string[],
): readonly FileReport[] {
  const name = word.replace(/ ?\([^()]*\)$/, '');
  const own = installed.filter(({ file }) => isFileOf(file, name, confdirs));
  if (own.length > 0) return own;
  if (/^[./~]/.test(word)) return checkPaths([word]);
  // the job may be in a directory that cannot be read
  const directories = installed.filter(
    ({ file, class: job }) => job === undefined && jobFileName(basename(file)) === undefined,
  );
  return [unknown(word, installed, confdirs), ...directories];
}

/**
 * Tests whether a file defines the job: `net/apache` has the file `net/apache.conf` below a configuration
 * directory.
 */
function isFileOf(file: string, name: string, confdirs: readonly string[]): boolean {
  return confdirs.some(
    (directory) => file === `${directory}/${name}` || jobOf(file, directory) === name.replace(/^\//, ''),
  );
}

function jobOf(file: string, directory: string): string | undefined {
  return file.startsWith(`${directory}/`) ? jobFileName(file.slice(directory.length + 1))?.job : undefined;
}

function unknown(word: string, installed: readonly FileReport[], confdirs: readonly string[]): FileReport {
  const names = installed.flatMap(({ file }) =>
    confdirs.flatMap((directory) => jobOf(file, directory) ?? []),
  );
  const nearest = nearestWord(word, names);
  const message = `Neither a file nor a job in ${searchedText(confdirs)}`;
  const error = { file: word, line: 0, message, ...(nearest === undefined ? {} : { nearest }) };
  return { file: word, errors: [error], warnings: [], stanzas: [] };
}
