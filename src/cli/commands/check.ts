/** foster check [FILE|DIR...]: reports errors in job files; the exit status is 1 when there are any. */
import { statSync } from 'node:fs';
import type { FileReport } from '../../jobfile/files/check-paths.js';
import { explain, formatError, formatWarning, type JobFileWarning } from '../../jobfile/job-file-error.js';
import { jobClassSchema } from '../../jobfile/stanzas/schema.js';
import { classToJson } from '../../jobfile/job-class/to-json.js';
import { counted } from '../../text/phrases.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { checkWords, installedJobs } from '../review/files-meant.js';
import { knownJobs } from '../review/known-jobs.js';
import { Reviewer } from '../review/review.js';
import { searchedText } from '../select-jobs.js';
import { reviewScripts } from '../review/scripts.js';

export async function check(invocation: Invocation): Promise<number> {
  if (invocation.has('schema')) {
    invocation.printJson(jobClassSchema());
    return EXIT.ok;
  }
  const { words, terminal } = invocation;
  const installed = await installedJobs(invocation);
  const { confdirs } = installed;
  const parsed = checkWords(words, installed, terminal.uid);
  const reviewer = new Reviewer(knownJobs(parsed, words.filter(isFile), confdirs));
  const scripts = invocation.has('scripts');
  const reports = await Promise.all(parsed.map((report) => reviewed(report, reviewer, scripts)));
  if (invocation.json) for (const report of reports) invocation.printJsonLine(asJson(report));
  else invocation.explain(textLines(reports, words.length === 0 ? confdirs : undefined));
  const isBad = reports.some(
    ({ errors, warnings }) => errors.length > 0 || (invocation.has('strict') && warnings.some(isWarning)),
  );
  return isBad ? EXIT.failed : EXIT.ok;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** @param scripts count a syntax error that the shell reports as an error */
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

/** @param searched the directories that were searched when no file was given */
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
  const where = searched === undefined ? '' : ` in ${searchedText(searched)}`;
  return [...lines, `${counted(reports.length, 'job file')}, ${counts}${where}`];
}
