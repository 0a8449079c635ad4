/** Describes the state of a job file that differs from the running job. */
import type { JobFile } from '../../supervisor/config/job-files.js';

/**
 * Returns `file changed since start` or `file broken: web.ini:3: ...`; the path when there is no difference.
 */
export function fileState(file: JobFile): string {
  switch (file.state) {
    case 'changed':
      return 'file changed since start';
    case 'broken':
      return `file broken: ${file.error ?? file.path}`;
    case 'gone':
      return 'file gone';
    case undefined:
      break;
  }
  return file.path;
}
