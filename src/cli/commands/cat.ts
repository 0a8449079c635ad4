/** foster cat JOB...: prints the files that define jobs as they are on disk, each below its path. */
import type { ClassReport } from '../../supervisor/config/job-files.js';
import { readTextFile } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import { CliError, usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { namedJobs, readClasses } from '../named-jobs.js';
import { unknownJob } from '../select-jobs.js';

/** A larger file is no job file. */
const LARGEST_FILE = 4 * 1024 * 1024;

export async function cat(invocation: Invocation): Promise<number> {
  if (invocation.words.length === 0) throw usageError('cat: missing the name of a job');
  const client = invocation.client();
  const names = new Set<string>();
  for (const named of await namedJobs(client, invocation.words)) {
    if (named.kind === 'pattern' && named.jobs.length === 0) throw await unknownJob(client, named.word);
    for (const { name } of named.kind === 'pattern' ? named.jobs : [named.target]) names.add(name);
  }
  const files: { readonly path: string; readonly text: string }[] = [];
  for (const name of names) {
    const reports = await readClasses(client, name);
    if (reports.length === 0) throw await unknownJob(client, name);
    for (const path of reports.flatMap(pathsOf)) files.push({ path, text: textOf(path) });
  }
  if (invocation.json) invocation.printJson(files);
  else
    for (const [index, { path, text }] of files.entries()) {
      invocation.printAll([
        ...(index === 0 ? [] : ['']),
        `# ${path}`,
        ...text.replace(/\n$/, '').split('\n'),
      ]);
    }
  return EXIT.ok;
}

/** Returns the path of the job file, then those of its overrides. */
function pathsOf({ path, class: jobClass }: ClassReport): readonly string[] {
  const override = jobClass?.source.override;
  return override === undefined ? [path] : [path, override];
}

function textOf(path: string): string {
  try {
    return readTextFile(path, { limit: LARGEST_FILE });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CliError(error.message, EXIT.failed);
  }
}
