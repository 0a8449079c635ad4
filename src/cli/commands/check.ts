import type { Command } from 'commander';
import { checkPaths, type FileReport } from '../../jobfile/check-paths.js';
import { explain, formatError, position } from '../../jobfile/job-file-error.js';
import { jobClassSchema } from '../../jobfile/schema.js';
import { classToJson } from '../../jobfile/to-json.js';

interface Options {
  readonly json?: true;
  readonly schema?: true;
  readonly scripts?: true;
}

/** `foster check FILE|DIR...`: what is wrong with job files; exit status 1 when something is. */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('say what is wrong with job files')
    .argument('[path...]', 'job files, or directories of them')
    .option('--json', 'one JSON object a file, with the class that it defines')
    .option('--schema', 'print the JSON schema of a class')
    .option('--scripts', 'ask the shell about scripts, too')
    .action((paths: readonly string[], _: unknown, command: Command) => {
      // --json may have been taken for the program's own
      const options = command.optsWithGlobals<Options>();
      const print = (text: string): void => command.configureOutput().writeOut?.(text);
      if (options.schema) {
        print(`${JSON.stringify(jobClassSchema(), null, 2)}\n`);
        return;
      }
      if (paths.length === 0) command.error("error: missing required argument 'path'");
      const reports = checkPaths(paths, { scripts: options.scripts ?? false });
      print(options.json ? reports.map(jsonLine).join('') : textLines(reports));
      if (reports.some(({ errors }) => errors.length > 0)) process.exitCode = 1;
    });
}

function jsonLine({ file, class: job, errors, warnings }: FileReport): string {
  const report = {
    file,
    ok: errors.length === 0,
    ...(job !== undefined && { class: classToJson(job) }),
    ...(errors.length > 0 && { errors: errors.map((error) => ({ ...error, text: explain(error) })) }),
    ...(warnings.length > 0 && { warnings }),
  };
  return `${JSON.stringify(report)}\n`;
}

function textLines(reports: readonly FileReport[]): string {
  const lines = reports.flatMap(({ errors, warnings }) => [
    ...errors.map(formatError),
    ...warnings.map((warning) => `${position(warning)}: warning: ${warning.message}`),
  ]);
  const bad = reports.filter(({ errors }) => errors.length > 0).length;
  const summary = `${reports.length} job file${reports.length === 1 ? '' : 's'}, ${bad === 0 ? 'no errors' : `${bad} with errors`}`;
  return [...lines, summary].map((line) => `${line}\n`).join('');
}
