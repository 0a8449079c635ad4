/** foster cat JOB...: prints the files that define jobs as they are on disk, each below its path. */
import type { ClassReport } from '../../supervisor/config/job-files.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { jobFileText } from '../job-file-text.js';
import { readClasses } from '../named-jobs.js';
import { classNames, unknownJob } from '../select-jobs.js';

export async function cat(invocation: Invocation): Promise<number> {
  if (invocation.words.length === 0) throw usageError('cat: missing the name of a job');
  const client = invocation.client();
  const files: { readonly path: string; readonly text: string }[] = [];
  for (const name of await classNames(client, invocation.words)) {
    const reports = await readClasses(client, name);
    if (reports.length === 0) throw await unknownJob(client, name);
    for (const path of reports.flatMap(pathsOf)) files.push({ path, text: jobFileText(path) });
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
