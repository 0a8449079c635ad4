/** The secret from which the marks of the jobs' processes follow (tracker/scan/mark.ts), as a file of the run directory. */
import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Report } from '../log/log.js';
import { writeNewFile } from './write-new-file.js';

const BYTES = 32;
const FORM = /^[0-9a-f]{64}$/;

export function newSecret(): string {
  return randomBytes(BYTES).toString('hex');
}

/** Reads the secret of the supervisor before this one; undefined where there is none. */
export function readSecret(path: string, report: Report): string | undefined {
  try {
    const found = readTextIfThere(path, { limit: 4096, links: 'refuse' });
    return found !== undefined && FORM.test(found) ? found : undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    report('error', `What was started last before a crash may not be found: ${error.message}`);
    return undefined;
  }
}

/** Nobody else may read it: whoever knows it can give processes of their own the mark of a job. @throws the errors of system calls */
export function writeSecret(path: string, secret: string): void {
  writeNewFile(`${path}.new`, secret);
  renameSync(`${path}.new`, path);
}
