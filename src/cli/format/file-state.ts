/** What the job file says by now, where a job does not run as it. */
import type { JobFile } from '../../supervisor/config/job-files.js';

/** `file changed since start`, `file broken: web.ini:3: ...`; the path where all is well */
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
