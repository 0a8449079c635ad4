/** foster check [FILE|DIR...]: what is wrong with job files; the exit status is 1 when something is. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { RefusedError, UnreachableError } from '../../control/client/client.js';
import { SocketPathError } from '../../control/socket-address.js';
import { checkDirectories, checkPaths, type FileReport } from '../../jobfile/files/check-paths.js';
import { explain, formatError, formatWarning, type JobFileWarning } from '../../jobfile/job-file-error.js';
import { jobClassSchema } from '../../jobfile/stanzas/schema.js';
import { classToJson } from '../../jobfile/job-class/to-json.js';
import type { SupervisorReport } from '../../supervisor/api/report.js';
import { configurationDirectories } from '../../supervisor/directories.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { knownJobs } from '../review/known-jobs.js';
import { Reviewer } from '../review/review.js';
import { reviewScripts } from '../review/scripts.js';

export async function check(invocation: Invocation): Promise<number> {
  if (invocation.has('schema')) {
    invocation.printJson(jobClassSchema());
    return EXIT.ok;
  }
  const confdirs = await configuredDirectories(invocation);
  const paths = invocation.words.flatMap((word) => filesMeant(word, confdirs));
  const parsed = paths.length === 0 ? checkDirectories(confdirs) : checkPaths(paths);
  const reviewer = new Reviewer(knownJobs(parsed, paths.filter(isFile), confdirs));
  const scripts = invocation.has('scripts');
  const reports = await Promise.all(parsed.map((report) => reviewed(report, reviewer, scripts)));
  if (invocation.json) for (const report of reports) invocation.printJsonLine(asJson(report));
  else invocation.printAll(textLines(reports, paths.length === 0 ? confdirs : undefined));
  const isBad = reports.some(
    ({ errors, warnings }) => errors.length > 0 || (invocation.has('strict') && warnings.some(isWarning)),
  );
  return isBad ? EXIT.failed : EXIT.ok;
}

/** The directories of the supervisor that runs, or those that one would take. */
async function configuredDirectories(invocation: Invocation): Promise<readonly string[]> {
  const { uid, env } = invocation.terminal;
  try {
    return (await invocation.client().request<SupervisorReport>('/v1/report')).confdirs;
  } catch (error) {
    if (![UnreachableError, RefusedError, SocketPathError].some((kind) => error instanceof kind)) throw error;
    return configurationDirectories({ uid, env }, uid !== 0);
  }
}

/** A path, or the name of a job, which means its files. */
function filesMeant(word: string, confdirs: readonly string[]): readonly string[] {
  if (statSync(word, { throwIfNoEntry: false }) !== undefined) return [word];
  const files = confdirs
    .flatMap((directory) => JOB_FILES.map((extension) => join(directory, `${word}${extension}`)))
    .filter(isFile);
  return files.length > 0 ? files : [word];
}

const JOB_FILES = ['.conf', '.ini'];

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** @param scripts what the shell refuses is an error */
async function reviewed(report: FileReport, reviewer: Reviewer, scripts: boolean): Promise<FileReport> {
  const { class: job, stanzas } = report;
  if (job === undefined) return report;
  const refused = reviewScripts({ class: job, stanzas });
  const remarks = await reviewer.review({ class: job, stanzas });
  const errors = scripts ? refused.map(({ file, line, message }) => ({ file, line, message })) : [];
  const warnings = [...report.warnings, ...(scripts ? [] : refused), ...remarks];
  return {
    ...report,
    errors: [...report.errors, ...errors],
    warnings: warnings.sort((one, other) => one.line - other.line),
  };
}

function isWarning({ note }: JobFileWarning): boolean {
  return note !== true;
}

function asJson({ file, class: job, errors, warnings }: FileReport): Readonly<Record<string, unknown>> {
  return {
    file,
    ok: errors.length === 0,
    ...(job !== undefined && { class: classToJson(job) }),
    ...(errors.length > 0 && { errors: errors.map((error) => ({ ...error, text: explain(error) })) }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** @param searched where job files were looked for, when none were named */
function textLines(
  reports: readonly FileReport[],
  searched: readonly string[] | undefined,
): readonly string[] {
  const lines = reports.flatMap(({ errors, warnings }) => [
    ...errors.map(formatError),
    ...warnings.map(formatWarning),
  ]);
  const bad = reports.filter(({ errors }) => errors.length > 0).length;
  const warnings = reports.flatMap((report) => report.warnings.filter(isWarning)).length;
  const counts = [
    bad === 0 ? 'no errors' : `${bad} with errors`,
    ...(warnings === 0 ? [] : [counted(warnings, 'warning')]),
  ].join(', ');
  const where = searched === undefined ? '' : ` in ${searched.join(', ')}`;
  return [...lines, `${counted(reports.length, 'job file')}, ${counts}${where}`];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
