/** Checks files of `env file`: whether they exist, and lines that every start ignores. */
import { LARGEST_ENV_FILE, parseEnvFile } from '../../jobfile/env-file.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { nodeErrorCode } from '../../kernel/errno.js';
import { readTextFile } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import { at, isLiteral, type ReviewedJob } from './job.js';

export function reviewEnvFiles(job: ReviewedJob): readonly JobFileWarning[] {
  return job.class.envFiles.flatMap((file): readonly JobFileWarning[] => {
    const isOptional = file.startsWith('-');
    const path = isOptional ? file.slice(1) : file;
    if (!isLiteral(path)) return [];
    try {
      const { remarks } = parseEnvFile(readTextFile(path, { limit: LARGEST_ENV_FILE }));
      const remedy = 'write `KEY=VALUE`';
      return remarks.map(({ line, message }) => ({ file: path, line, message, remedy }));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // the user who checks may lack a permission that foster has: no conclusion
      if (['EACCES', 'EPERM'].includes(nodeErrorCode(error) ?? '')) return [];
      if (isOptional && ['ENOENT', 'ENOTDIR'].includes(nodeErrorCode(error) ?? '')) return [];
      const remedy = `make the file, or write \`env file -${path}\` if it may be missing`;
      return [at(job, 'env file', { message: `${error.message}: the job cannot start`, remedy })];
    }
  });
}
