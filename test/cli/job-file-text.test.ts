import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { CliError } from '../../src/cli/cli-error.js';
import { jobFileText } from '../../src/cli/job-file-text.js';
import { checkFile } from '../../src/jobfile/check.js';
import { LARGEST_JOB_FILE } from '../../src/jobfile/files/directory-reader.js';

test('foster edit and foster check accept a file up to the size that foster accepts', (t) => {
  const path = join(t.testdir({}), 'job.conf');
  const text = `exec true\n${'#'.repeat(LARGEST_JOB_FILE - 11)}\n`;
  writeFileSync(path, text);
  t.equal(jobFileText(path), text);
  t.ok(checkFile(path).ok);
  writeFileSync(path, `${text}#`);
  t.throws(
    () => jobFileText(path),
    new CliError(`${path} is too large, expected ${LARGEST_JOB_FILE} bytes at most`),
  );
  t.notOk(checkFile(path).ok);
  t.end();
});
