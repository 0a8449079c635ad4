/** Definitions that other people wrote, where they are kept beside the project: each is imported, and every job file passes. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { diskSurroundings } from '../../src/cli/import/disk.js';
import { importAll } from '../../src/import/import.js';
import type { Kind } from '../../src/import/model.js';
import { checkText } from '../../src/jobfile/check.js';

const SHARED = fileURLToPath(new URL('../../../../shared/import/', import.meta.url));
const isThere = statSync(SHARED, { throwIfNoEntry: false }) !== undefined;

/** What the files of a kind that is not one directory are called. */
const FILES: readonly (readonly [Kind, string, RegExp])[] = [
  ['supervisord', 'supervisord', /\.conf(?:\.j2)?$/],
  ['procfile', 'procfile', /procfile/i],
  ['pm2', 'pm2', /\.(?:json|ya?ml)$/],
  ['compose', 'compose', /\.ya?ml$/],
];

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** The jobs of these paths, all of which pass. */
function jobsOf(
  kind: Kind,
  paths: readonly string[],
): { jobs: number; refused: readonly string[]; problems: number } {
  const results = paths.map((path) => importAll([path], diskSurroundings({}), { from: kind, pm2: {} }));
  const files = results.flatMap(({ jobs }) => jobs.map(({ file }) => file));
  return {
    jobs: files.length,
    refused: files
      .filter(({ path, text }) => !checkText(text, path.replace(/\.ini$/, ''), 'ini').ok)
      .map(({ path }) => path),
    problems: results.reduce((sum, { problems }) => sum + problems.length, 0),
  };
}

test('public definitions', { skip: isThere ? false : '../shared/import is not beside the project' }, (t) => {
  const systemd = jobsOf('systemd', [join(SHARED, 'systemd')]);
  t.ok(systemd.jobs >= 50, `systemd: ${systemd.jobs} jobs`);
  t.same(systemd.refused, []);
  for (const [kind, folder, names] of FILES) {
    const paths = filesBelow(join(SHARED, folder)).filter((path) => names.test(path));
    const { jobs, refused, problems } = jobsOf(kind, paths);
    t.ok(jobs > 15, `${kind}: ${paths.length} files, ${jobs} jobs, ${problems} problems`);
    t.same(refused, [], kind);
  }
  t.end();
});
