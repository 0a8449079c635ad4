/** Writes a service as an `.ini` job file. Pure. */
import { commentLine, writeIni } from '../jobfile/ini/write.js';
import type { Finding, Service } from './model.js';
import { classOf, commentsOf, whyNotRead } from './settings.js';

/** A job file to be written, below the output directory. */
export interface JobFile {
  /** `NAME.ini` */
  readonly path: string;
  readonly text: string;
}

/** Lines with the defaults of an `.ini` file. */
const DEFAULT_LINES = /^(?:ready = auto|user environment = on|respawn delay = auto)\n/gm;

/**
 * Writes a service as a job file.
 * @throws Error when `foster check` would reject it, which the check of each setting rules out
 */
export function writeJob({ name, source, head, settings, findings }: Service): JobFile {
  const job = classOf(name, settings);
  const opening = [`Written by foster import from ${source}.`, ...head].map(commentLine).join('');
  const lines = writeIni(job, commentsOf(settings)).replace(DEFAULT_LINES, '');
  const text = `${opening}\n${lines}${closing(findings)}`;
  const refusal = whyNotRead(job, text);
  if (refusal !== undefined) throw new Error(`${name}.ini would have another meaning: ${refusal}`);
  return { path: `${name}.ini`, text };
}

/** Lists settings that were not imported at the end of the file, for its later readers. */
function closing(findings: readonly Finding[]): string {
  const lines = findings.flatMap((finding) => {
    if (finding.verdict !== 'dropped') return [];
    return [...(finding.comments ?? []), `  ${setting(finding)}: ${finding.why}`];
  });
  return lines.length === 0
    ? ''
    : `
${['Not carried over:', ...lines].map(commentLine).join('')}`;
}

function setting({ word, value }: Finding): string {
  if (value === undefined || value === '') return word;
  return `${word}=${value.length > 60 ? `${value.slice(0, 57)}...` : value}`;
}
