/**
 * The secret that the marks of jobs' processes are derived from (tracker/scan/mark.ts), in a file of the run
 * directory.
 */
import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Report } from '../log/log.js';
import { writeNewFile } from '../../kernel/files/own-files.js';

const BYTES = 32;
const FORM = /^[0-9a-f]{64}$/;

export function newSecret(): string {
  return randomBytes(BYTES).toString('hex');
}

/** Reads the secret of the previous supervisor; undefined if there is none. */
export function readSecret(path: string, report: Report): string | undefined {
  try {
    const found = readTextIfThere(path, { limit: 4096, links: 'refuse' });
    return found !== undefined && FORM.test(found) ? found : undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    report('error', `Processes that were started just before a crash may not be found: ${error.message}`);
    return undefined;
  }
}

/**
 * Writes the secret, readable by foster alone: with it, anybody could give their own processes the mark of a job.
 * @throws the errors of system calls
 */
export function writeSecret(path: string, secret: string): void {
  writeNewFile(`${path}.new`, secret);
  renameSync(`${path}.new`, path);
}
