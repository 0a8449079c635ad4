/** The format of a job's lines on foster's own stdout: one record per line. Pure. */
import { visibleLine } from '../../text/visible.js';
import type { JobRef } from '../core/contract.js';

export type ConsoleFormat = 'prefix' | 'json';

/** Formats a line (without its newline) as a record in pieces, which are valid as long as the line's bytes are. */
type RecordFormat = (line: Buffer) => readonly Buffer[];

export function recordFormat(job: JobRef, format: ConsoleFormat, now = () => new Date()): RecordFormat {
  switch (format) {
    case 'prefix':
      return prefixed(job);
    case 'json':
      return (line) => [asJson(job, line, now())];
  }
}

const NEWLINE = Buffer.from('\n');

/** Returns `sshd: LINE` or `tty (tty1): LINE`, with the job as `initctl list` names it. */
function prefixed({ name, instance }: JobRef): RecordFormat {
  const title = instance === '' ? name : `${name} (${instance})`;
  const prefix = Buffer.from(`${visibleLine(title)}: `);
  return (line) => [prefix, line, NEWLINE];
}

/** Returns one JSON object per line. Bytes that are not UTF-8 become U+FFFD. */
function asJson({ name, instance }: JobRef, line: Buffer, time: Date): Buffer {
  const record = {
    time: time.toISOString(),
    job: name,
    ...(instance !== '' && { instance }),
    message: line.toString('utf8'),
  };
  return Buffer.from(`${JSON.stringify(record)}\n`);
}
