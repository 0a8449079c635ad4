/** Imports ecosystem files of pm2 as jobs. JavaScript is executed only with the user's permission. */
import { basename, dirname, extname, join } from 'node:path';
import { MOST_INSTANCES } from '../../jobfile/stanzas/argument.js';
import { UniqueNames } from '../job-name.js';
import type { Finding, Imported, Problem, Surroundings } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { appJob, isCluster } from './app-job.js';
import { appsIn, readApps, type App, type Apps } from './apps.js';
import { clusterSize } from './command.js';
import { commentsIn } from './comments.js';
import { messageOf } from '../../text/phrases.js';

export interface Pm2Options {
  /** which `env_NAME` applies beside `env` */
  readonly environment?: string | undefined;
  /** runs a JavaScript file and returns what it exports; absent without permission */
  readonly run?: ((path: string) => unknown) | undefined;
}

export function importPm2(
  paths: readonly string[],
  around: Surroundings,
  options: Pm2Options = {},
): Imported {
  const problems: Problem[] = [];
  const findings: Finding[] = [];
  const services: ServiceBuilder[] = [];
  const names = new UniqueNames();
  for (const path of paths) {
    try {
      const text = around.read(path);
      const read = appsOf(path, text, options);
      if (!read.ok) {
        problems.push({ file: path, message: read.why });
        continue;
      }
      for (const key of read.others)
        findings.push({
          file: path,
          word: key,
          verdict: 'dropped',
          why:
            key === 'deploy'
              ? 'foster deploys nothing'
              : 'it is outside `apps`, where pm2 ignores it as well',
        });
      const made = jobsOf(read.apps, { path, around, names, options, problems });
      const comments = commentsIn(text, extname(path));
      made[0]?.head.push(...comments.head);
      for (const [index, service] of made.entries()) service.head.push(...(comments.ofApp[index] ?? []));
      services.push(...made);
    } catch (error) {
      problems.push({ file: path, message: messageOf(error) });
    }
  }
  return { services: services.map((service) => service.build()), findings, problems };
}

function appsOf(path: string, text: string, { run }: Pm2Options): Apps {
  const form = /\.ya?ml$/.test(path) ? 'yaml' : 'json';
  if (!/\.[cm]?js$/.test(path)) {
    const read = readApps(text, form);
    // for pm2, a .json file is a JavaScript expression
    if (read.ok || form === 'yaml' || run === undefined) return read;
    return appsIn(run(path));
  }
  if (run === undefined)
    return {
      ok: false,
      why: 'is a program: `--run-config` runs it, in a process without rights, and takes what it exports',
    };
  return appsIn(run(path));
}

interface Making {
  readonly path: string;
  readonly around: Surroundings;
  readonly names: UniqueNames;
  readonly options: Pm2Options;
  readonly problems: Problem[];
}

function jobsOf(
  apps: readonly App[],
  { path, around, names, options, problems }: Making,
): readonly ServiceBuilder[] {
  const directory = dirname(around.resolve(path));
  const jobs: ServiceBuilder[] = [];
  for (const [index, app] of apps.entries()) {
    const wanted = nameOf(app);
    const copies = copiesOf(app);
    const made = appJob(app, {
      file: path,
      name: names.take(wanted),
      directory,
      environment: options.environment,
      exists: (file) => around.kindOf(file) === 'file',
      ...(copies !== undefined && { copies }),
    });
    if (typeof made !== 'string') jobs.push(...made);
    else problems.push({ file: path, message: `app ${wanted} (number ${index + 1}) ${made}` });
  }
  return jobs;
}

/** Returns the number of copies of an app in fork mode; a cluster is one process for foster. */
function copiesOf(app: App): number | 'cpus' | undefined {
  if (isCluster(app) || clusterSize(app) !== undefined) return undefined;
  const stated = app['instances'];
  const count = stated === 'max' ? 0 : Number(stated ?? 1);
  if (!Number.isSafeInteger(count) || count === 1) return undefined;
  // zero and negative numbers are relative to the number of CPUs
  return count < 1 ? 'cpus' : Math.min(count, MOST_INSTANCES);
}

function nameOf(app: App): string {
  const { name, namespace, script, cmd } = app;
  const fallback =
    typeof script === 'string' ? script : typeof cmd === 'string' ? cmd.split(/\s/)[0]! : 'app';
  const base =
    typeof name === 'string' && name !== ''
      ? name
      : typeof name === 'number'
        ? String(name)
        : basename(fallback, extname(fallback));
  const flat = base.replaceAll('/', '-');
  return typeof namespace === 'string' && namespace !== '' && namespace !== 'default'
    ? join(namespace.replaceAll('/', '-'), flat)
    : flat;
}
