/** foster convert FILE: writes a job class in the other form; comments are lost. */
import { checkFile, syntaxOf } from '../../jobfile/check.js';
import { convert } from '../../jobfile/convert.js';
import { formatError } from '../../jobfile/job-file-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export function convertFile(invocation: Invocation): Promise<number> {
  const [file = ''] = invocation.words;
  const checked = checkFile(file);
  if (!checked.ok) {
    const [first, ...others] = checked.errors;
    invocation.complain(formatError(first), ...others.map(formatError));
    return Promise.resolve(EXIT.failed);
  }
  const to = invocation.choice('to', ['ini', 'conf']) ?? (syntaxOf(file) === 'ini' ? 'conf' : 'ini');
  const { raw, isTerminal = false, out } = invocation.terminal;
  // in a pipe, print the job file byte for byte
  (isTerminal && !invocation.raw ? out : raw)(convert(checked.class, to));
  return Promise.resolve(EXIT.ok);
}
