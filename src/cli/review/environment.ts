/** Warns about variables in values of `env`, which are not expanded. */
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { at, type ReviewedJob } from './job.js';

/** Upper case only, as is usual for variables: a password may contain a `$`, too. */
const REFERENCE = /\$(?:\{([A-Z_][A-Z0-9_]*)\}|([A-Z_][A-Z0-9_]*))/;

export function reviewEnvironment(job: ReviewedJob): readonly JobFileWarning[] {
  const { env } = job.class;
  const lines = job.stanzas.filter(({ name }) => name === 'env');
  return env.flatMap((variable, index) => {
    const [name, value] = splitVariable(variable);
    const reference = REFERENCE.exec(value ?? '');
    const isHome = /^~(?:\/|$)/.test(value ?? '');
    if (reference === null && !isHome) return [];
    const what = reference?.[0] ?? '~';
    const place = lines.length === env.length ? lines[index] : undefined;
    const remark = {
      message: `\`${what}\` is not replaced: ${name} is set to the text as it stands`,
      remedy: 'write the whole value',
    };
    return [place === undefined ? at(job, 'env', remark) : { file: place.file, line: place.line, ...remark }];
  });
}

function splitVariable(variable: string): readonly [string, string | undefined] {
  const equals = variable.indexOf('=');
  return equals === -1 ? [variable, undefined] : [variable.slice(0, equals), variable.slice(equals + 1)];
}
