/** foster check [FILE|DIR...]: what is wrong with job files; the exit status is 1 when something is. */
import { checkPaths, type FileReport } from '../../jobfile/check-paths.js';
import { explain, formatError, position } from '../../jobfile/job-file-error.js';
import { jobClassSchema } from '../../jobfile/schema.js';
import { classToJson } from '../../jobfile/to-json.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export function check(invocation: Invocation): Promise<number> {
  if (invocation.has('schema')) {
    invocation.printJson(jobClassSchema());
    return Promise.resolve(EXIT.ok);
  }
  const paths = invocation.words;
  if (paths.length === 0) throw usageError("missing required argument 'path'");
  const reports = checkPaths(paths, { scripts: invocation.has('scripts') });
  if (invocation.json) for (const report of reports) invocation.printJsonLine(asJson(report));
  else invocation.printAll(textLines(reports));
  return Promise.resolve(reports.some(({ errors }) => errors.length > 0) ? EXIT.failed : EXIT.ok);
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

function textLines(reports: readonly FileReport[]): readonly string[] {
  const lines = reports.flatMap(({ errors, warnings }) => [
    ...errors.map(formatError),
    ...warnings.map((warning) => `${position(warning)}: warning: ${warning.message}`),
  ]);
  const bad = reports.filter(({ errors }) => errors.length > 0).length;
  const summary = `${reports.length} job file${reports.length === 1 ? '' : 's'}, ${bad === 0 ? 'no errors' : `${bad} with errors`}`;
  return [...lines, summary];
}
