/** Reads and replaces the texts of job files, for `foster cat` and `foster edit`. */
import { chmodSync, chownSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CliError } from './cli-error.js';
import { isCodedError } from '../kernel/errno.js';
import { readJobFile } from '../jobfile/files/directory-reader.js';
import { SystemError } from '../kernel/system-error.js';

/** @throws CliError if the file cannot be read, or is larger than the supervisor accepts */
export function jobFileText(path: string): string {
  try {
    return readJobFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CliError(error.message);
  }
}

/** Replaces a file atomically and keeps its owner and mode. The temporary name is not one of a job file. */
export function replaceText(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  try {
    const { uid, gid, mode } = statSync(path);
    rmSync(temporary, { force: true });
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    chownSync(temporary, uid, gid);
    chmodSync(temporary, mode & 0o7777);
    renameSync(temporary, path);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw new CliError(`${path} cannot be written: ${error.message}`);
  }
}
