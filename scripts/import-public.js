/**
 * Imports definitions that other people wrote, and counts what became of them: files, jobs, settings kept, approximated and dropped.
 * Every job file must pass `foster check`. Nothing is written, and nothing but a JavaScript file of pm2 (as nobody) is run.
 *
 *   node scripts/import-public.js [--why] KIND=DIRECTORY...     after `npm run build`
 *
 * KIND is systemd, supervisord, procfile, pm2, services (runit and s6) or compose. `--why` lists each file without a job, with the reason.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { diskSurroundings } from '../build/src/cli/import/disk.js';
import { runConfig } from '../build/src/cli/import/run-config.js';
import { importAll } from '../build/src/import/import.js';
import { checkText } from '../build/src/jobfile/check.js';

/** The files of a kind, by name or by text, and how the import is asked for them. */
const KINDS = {
  systemd: { name: /\.(?:service|socket|timer|path)(?:\.in)?$/, from: 'systemd', together: true },
  supervisord: {
    name: /\.(?:conf|ini|cfg|j2)$/,
    text: /^\s*\[(?:program|eventlistener|include)\b/m,
    from: 'supervisord',
  },
  procfile: { name: /procfile(?!.*\.(?:js|md)$)/i, from: 'procfile' },
  pm2: {
    name: /(?:ecosystem|pm2|process).*\.(?:[cm]?js|json|ya?ml)$/,
    text: /\b(?:apps|script|cmd)["']?\s*:/,
    from: 'pm2',
  },
  services: { directory: ['run', 'type'] },
  compose: { name: /\.ya?ml$/, text: /^services\s*:/m, from: 'compose' },
};

const around = diskSurroundings({});

function below(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === '.git' ? [] : [path, ...below(path)];
    return entry.isFile() ? [path] : [];
  });
}

/** Returns whether a path holds a definition of the kind. */
function matches(path, { name, text, directory }) {
  const isDirectory = statSync(path).isDirectory();
  if (directory !== undefined)
    return (
      isDirectory && !path.endsWith('/log') && readdirSync(path).some((file) => directory.includes(file))
    );
  if (isDirectory || (name !== undefined && !name.test(basename(path)))) return false;
  return text === undefined || text.test(readFileSync(path, 'utf8'));
}

/** Returns what the import makes of these paths, which belong together. */
function importOf(paths, from) {
  const run = (path) => runConfig(resolve(path), around.read(path), process.getuid() === 0);
  return importAll(paths, around, { ...(from !== undefined && { from }), pm2: { run } });
}

function count(kind, directories, why) {
  const rule = KINDS[kind];
  const sum = { jobs: 0, kept: 0, approximated: 0, dropped: 0, refused: 0, warned: 0, without: 0 };
  const paths = directories.flatMap((directory) => below(directory).filter((path) => matches(path, rule)));
  // the units of a directory name one another
  const groups = rule.together ? directories.map((directory) => [directory]) : paths.map((path) => [path]);
  for (const group of groups) {
    const { jobs, findings, problems } = importOf(group, rule.from);
    for (const { file } of jobs) {
      const checked = checkText(file.text, file.path.replace(/\.ini$/, ''), 'ini');
      if (!checked.ok) console.log(`REFUSED ${group[0]}: ${file.path}: ${JSON.stringify(checked)}`);
      sum.refused += checked.ok ? 0 : 1;
      sum.warned += checked.ok && checked.warnings.length > 0 ? 1 : 0;
    }
    sum.jobs += jobs.length;
    for (const { verdict } of [...findings, ...jobs.flatMap(({ service }) => service.findings)])
      sum[verdict] += 1;
    if (jobs.length === 0) sum.without += 1;
    if (why && (jobs.length === 0 || rule.together))
      for (const { file, message } of problems) console.log(`${kind}: ${file}: ${message}`);
    if (why && jobs.length === 0 && problems.length === 0)
      console.log(`${kind}: ${group[0]}: no job, and no reason`);
  }
  return { files: paths.length, ...sum };
}

const why = process.argv.includes('--why');
const wanted = new Map();
for (const word of process.argv.slice(2).filter((one) => one !== '--why')) {
  const [, kind = '', directory = ''] = /^(\w+)=(.+)$/.exec(word) ?? [];
  if (!(kind in KINDS))
    throw new Error(`${word}: expected KIND=DIRECTORY, with one of ${Object.keys(KINDS).join(', ')}`);
  wanted.set(kind, [...(wanted.get(kind) ?? []), directory]);
}
const rows = Object.fromEntries(
  [...wanted].map(([kind, directories]) => [kind, count(kind, directories, why)]),
);
console.table(rows);
if (Object.values(rows).some(({ refused }) => refused > 0)) process.exitCode = 1;
