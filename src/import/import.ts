/** Imports all kinds of definitions: selects the reader for each path, and collects the job files. */
import { importCompose } from './compose/import.js';
import { filesWithin, kindOfPath } from './detect.js';
import { UniqueNames } from './job-name.js';
import type { Finding, Imported, Kind, Problem, Service, Surroundings } from './model.js';
import { importPm2, type Pm2Options } from './pm2/import.js';
import { importProcfile } from './procfile/import.js';
import { importServiceDirectories } from './service-directory/import.js';
import { importSupervisord } from './supervisord/import.js';
import { importSystemd } from './systemd/import.js';
import { writeJob, type JobFile } from './write-job.js';

export interface ImportOptions {
  /** the kind of all paths; without it, the kind of each is detected */
  readonly from?: Kind | undefined;
  readonly pm2: Pm2Options;
  /** variables for a Procfile, instead of `.env` beside it */
  readonly envFile?: string | undefined;
}

export interface ImportResult {
  readonly jobs: readonly { readonly kind: Kind; readonly file: JobFile; readonly service: Service }[];
  /** of settings that belong to no single job */
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}

export function importAll(
  paths: readonly string[],
  around: Surroundings,
  options: ImportOptions,
): ImportResult {
  const problems: Problem[] = [];
  const byKind = new Map<Kind, string[]>();
  for (const path of paths) {
    const inside =
      options.from === undefined &&
      around.kindOf(path) === 'directory' &&
      kindOfPath(path, around) === undefined
        ? filesWithin(path, around)
        : [path];
    if (inside.length === 0)
      problems.push({ file: path, message: 'has nothing in it that foster can import' });
    for (const one of inside) {
      const kind = options.from ?? kindOfPath(one, around);
      if (kind !== undefined) byKind.set(kind, [...(byKind.get(kind) ?? []), one]);
      else
        problems.push({
          file: one,
          message:
            around.kindOf(one) === undefined
              ? 'is not there'
              : 'is of an unknown kind: give it with `--from KIND`',
        });
    }
  }
  const names = new UniqueNames();
  const jobs: ImportResult['jobs'][number][] = [];
  const findings: Finding[] = [];
  for (const [kind, own] of byKind) {
    const imported = reader(kind)(own, around, options);
    findings.push(...imported.findings);
    problems.push(...imported.problems);
    if (imported.services.length === 0 && imported.problems.length === 0)
      problems.push(...own.map((file) => ({ file, message: 'has no service that foster can import' })));
    for (const service of imported.services) addJob(kind, service, { names, jobs, problems });
  }
  return { jobs, findings, problems };
}

function addJob(
  kind: Kind,
  service: Service,
  {
    names,
    jobs,
    problems,
  }: { names: UniqueNames; jobs: ImportResult['jobs'][number][]; problems: Problem[] },
): void {
  const unique = names.take(service.name);
  if (unique !== service.name)
    problems.push({
      file: service.source,
      message: `makes a second job ${service.name}: it is called ${unique}, and references to ${service.name} in other jobs mean the first`,
    });
  jobs.push({
    kind,
    service,
    file: writeJob(unique === service.name ? service : { ...service, name: unique }),
  });
}

type Reader = (paths: readonly string[], around: Surroundings, options: ImportOptions) => Imported;

function reader(kind: Kind): Reader {
  switch (kind) {
    case 'systemd':
      return importSystemd;
    case 'supervisord':
      return importSupervisord;
    case 'procfile':
      return (paths, around, { envFile }) => importProcfile(paths, around, envFile);
    case 'pm2':
      return (paths, around, { pm2 }) => importPm2(paths, around, pm2);
    case 's6':
    case 'runit':
      return importServiceDirectories;
    case 'compose':
      return importCompose;
  }
}
