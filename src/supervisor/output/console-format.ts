/** How a job's lines look on the supervisor's stdout: one line, one record. Pure. */
import type { JobRef } from '../core/contract.js';

export type ConsoleFormat = 'prefix' | 'json';

/** `sshd: LINE`, `tty (tty1): LINE`: the job as `initctl list` names it. */
export function prefixed(job: JobRef, line: Buffer): Buffer {
  const label = job.instance === '' ? job.name : `${job.name} (${job.instance})`;
  return Buffer.concat([Buffer.from(`${label}: `), line, Buffer.from('\n')]);
}

/** One JSON object a line. Bytes that are not UTF-8 become U+FFFD. */
export function asJson(job: JobRef, line: Buffer, time: Date): Buffer {
  const record = {
    time: time.toISOString(),
    job: job.name,
    ...(job.instance !== '' && { instance: job.instance }),
    message: line.toString('utf8'),
  };
  return Buffer.from(`${JSON.stringify(record)}\n`);
}
