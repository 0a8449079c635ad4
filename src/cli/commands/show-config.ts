/** foster show-config: prints the events that jobs emit and wait for. */
import { readClass, type ClassAnswer } from '../../control/class-answer.js';
import { compileGlob } from '../../supervisor/core/events/glob.js';
import { EXIT } from '../exit-status.js';
import { showConfig } from '../format/class-config.js';
import type { Invocation } from '../invocation.js';
import { unknownJob } from '../select-jobs.js';

export async function showConfiguration(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const all = await client.request<readonly ClassAnswer[]>('/v1/classes');
  const shown = new Set<ClassAnswer>();
  for (const word of invocation.words) {
    const fits = compileGlob(word);
    const found = all.filter(({ name }) => fits(name));
    if (found.length === 0) throw await unknownJob(client, word);
    found.forEach((report) => shown.add(report));
  }
  const reports = invocation.words.length === 0 ? all : [...shown];
  if (invocation.json) {
    invocation.printJson(reports);
    return EXIT.ok;
  }
  for (const { path, class: jobClass, errors } of reports.map(readClass)) {
    if (jobClass !== undefined) invocation.terminal.out(showConfig(jobClass, invocation.has('enumerate')));
    for (const { line, message } of errors) invocation.complain(`${path}:${line}: ${message}`);
  }
  return reports.some(({ errors }) => errors.length > 0) ? EXIT.failed : EXIT.ok;
}
