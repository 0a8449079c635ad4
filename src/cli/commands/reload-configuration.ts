/** foster reload-configuration: reads the job files again, and says what that has brought. */
import { formatError } from '../../jobfile/job-file-error.js';
import type { Reading } from '../../supervisor/config/job-files.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function reloadConfiguration(invocation: Invocation): Promise<number> {
  const reading = await invocation.client().request<Reading>('/v1/reload-configuration', { method: 'POST' });
  const { files, errors } = reading;
  if (invocation.json) invocation.printJson(reading);
  else {
    invocation.print(`${files} job file${files === 1 ? '' : 's'} read: ${changesOf(reading)}`);
    for (const error of errors) invocation.complain(formatError(error));
  }
  return errors.length > 0 ? EXIT.failed : EXIT.ok;
}

/** `new: a, b; changed: c` */
function changesOf({ added, changed, removed, errors }: Reading): string {
  const parts = [
    ['new', added],
    ['changed', changed],
    ['gone', removed],
  ] as const;
  const texts = parts.flatMap(([word, names]) =>
    names.length === 0 ? [] : [`${word}: ${names.join(', ')}`],
  );
  const broken = errors.length === 0 ? [] : [`${errors.length} broken`];
  const all = [...texts, ...broken];
  return all.length === 0 ? 'nothing has changed' : all.join('; ');
}
