/** How a job's lines look on the supervisor's stdout: one line, one record. Pure. */
import { visibleLine } from '../../text/visible.js';
import type { JobRef } from '../core/contract.js';

export type ConsoleFormat = 'prefix' | 'json';

/** A line, without its newline, as the parts of a record, which are valid as long as the line is. */
export type RecordFormat = (line: Buffer) => readonly Buffer[];

export function recordFormat(job: JobRef, format: ConsoleFormat, now = () => new Date()): RecordFormat {
  switch (format) {
    case 'prefix':
      return prefixed(job);
    case 'json':
      return (line) => [asJson(job, line, now())];
  }
}

const NEWLINE = Buffer.from('\n');

/** `sshd: LINE`, `tty (tty1): LINE`: the job as `initctl list` names it. */
function prefixed({ name, instance }: JobRef): RecordFormat {
  const title = instance === '' ? name : `${name} (${instance})`;
  const prefix = Buffer.from(`${visibleLine(title)}: `);
  return (line) => [prefix, line, NEWLINE];
}

/** One JSON object a line. Bytes that are not UTF-8 become U+FFFD. */
function asJson({ name, instance }: JobRef, line: Buffer, time: Date): Buffer {
  const record = {
    time: time.toISOString(),
    job: name,
    ...(instance !== '' && { instance }),
    message: line.toString('utf8'),
  };
  return Buffer.from(`${JSON.stringify(record)}\n`);
}
