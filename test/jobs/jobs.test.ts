/** The job files of jobs/ are the documentation: they must be right. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { checkPaths } from '../../src/jobfile/files/check-paths.js';
import { formatError } from '../../src/jobfile/job-file-error.js';

const JOBS = fileURLToPath(new URL('../../../jobs', import.meta.url));

test('foster check accepts every example, scripts included, without a warning', (t) => {
  const files = readdirSync(JOBS, { recursive: true }).filter((name) => /\.(ini|conf)$/.test(String(name)));
  const reports = checkPaths([JOBS]);
  t.equal(reports.length, files.length);
  t.ok(files.length >= 9);
  for (const { file, errors, warnings, class: job } of reports) {
    t.same(errors.map(formatError), [], file);
    t.same(warnings, [], file);
    t.ok(job?.description, `${file} says what it is for`);
  }
  t.end();
});
