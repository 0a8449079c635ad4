/**
 * Imports the services of a Compose file as jobs of one machine or one container: their commands and
 * surroundings.
 */
import { basename, dirname, join } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import { parseDotenv } from '../dotenv.js';
import { UniqueNames } from '../job-name.js';
import type { Finding, Imported, Problem, Surroundings } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { headComments, sourceOf, type SourceOf } from './comments.js';
import { interpolateAll, type Lookup } from './interpolate.js';
import { isMap, type Values } from './model.js';
import { addDependencies, type ComposeJob } from './dependencies.js';
import { composeJob } from './service.js';
import { messageOf } from '../../text/phrases.js';

export function importCompose(paths: readonly string[], around: Surroundings): Imported {
  const problems: Problem[] = [];
  const findings: Finding[] = [];
  const services: ServiceBuilder[] = [];
  for (const path of paths) {
    try {
      const document = parseDocument(around.read(path), { merge: true });
      const [error] = document.errors;
      if (error !== undefined) throw error;
      services.push(...importOne(path, document, { around, problems, findings }));
    } catch (error) {
      problems.push({ file: path, message: messageOf(error) });
    }
  }
  return { services: services.map((service) => service.build()), findings, problems };
}

interface Results {
  readonly around: Surroundings;
  readonly problems: Problem[];
  readonly findings: Finding[];
}

function importOne(
  path: string,
  document: Document,
  { around, problems, findings }: Results,
): readonly ServiceBuilder[] {
  const raw: unknown = document.toJS({ maxAliasCount: 100 });
  const lookup = lookupOf(path, around, problems);
  const missing = new Set<string>();
  const refused = new Set<string>();
  const file = interpolateAll(raw, lookup, (done) => {
    for (const name of done.missing) missing.add(name);
    for (const text of done.refused) refused.add(text);
  });
  if (!isMap(file) || !isMap(file['services'])) {
    problems.push({ file: path, message: 'has no `services`' });
    return [];
  }
  for (const name of missing)
    findings.push({
      file: path,
      word: `\${${name}}`,
      verdict: 'approximated',
      as: 'an empty text',
      how: `${name} is not set here, and compose then uses an empty text: set it for the import, or in .env`,
    });
  for (const text of refused)
    problems.push({ file: path, message: `wants a variable that is not set: ${text}` });
  findings.push(...topLevel(path, file));
  const source = sourceOf(document, path);
  const jobs = servicesOf(path, file['services'], { around, problems, source });
  addDependencies(jobs);
  jobs[0]?.service.head.unshift(...headComments(document));
  return jobs.map(({ service }) => service);
}

function servicesOf(
  path: string,
  services: Values,
  { around, problems, source }: Omit<Results, 'findings'> & { source: SourceOf },
): readonly ComposeJob[] {
  const names = new UniqueNames();
  const jobs: ComposeJob[] = [];
  for (const [name, values] of Object.entries(services)) {
    if (!isMap(values)) {
      problems.push({ file: path, message: `service ${name} has no settings` });
      continue;
    }
    const extended = withBase(values, services);
    const made = composeJob({
      name: names.take(name),
      values: extended,
      path,
      around,
      source: (...keys) => source('services', name, ...keys),
    });
    if (typeof made === 'string') problems.push({ file: path, message: `service ${name} ${made}` });
    else
      jobs.push({
        key: name,
        values: extended,
        service: made,
        source: (...keys) => source('services', name, ...keys),
      });
  }
  return jobs;
}

/** Resolves `extends` within the same file: settings that the service lacks come from the other one. */
function withBase(values: Values, services: Values, depth = 0): Values {
  const base = values['extends'];
  const name =
    typeof base === 'string' ? base : isMap(base) && base['file'] === undefined ? base['service'] : undefined;
  const other = typeof name === 'string' ? services[name] : undefined;
  return isMap(other) && depth < 10 ? { ...withBase(other, services, depth + 1), ...values } : values;
}

/** Returns the variables that compose would find: first its own environment, then `.env` beside the file. */
function lookupOf(path: string, around: Surroundings, problems: Problem[]): Lookup {
  const file = join(dirname(path), '.env');
  const values = new Map<string, string>();
  if (around.kindOf(file) === 'file') {
    try {
      for (const { key, value } of parseDotenv(around.read(file)).entries) values.set(key, value);
    } catch (error) {
      problems.push({ file, message: messageOf(error) });
    }
  }
  return (name) =>
    around.environment[name] ??
    values.get(name) ??
    (name === 'COMPOSE_PROJECT_NAME' ? basename(dirname(around.resolve(path))) : undefined);
}

function topLevel(path: string, file: Values): readonly Finding[] {
  const why: Readonly<Record<string, string>> = {
    networks:
      'jobs share the network of foster: names of services are no host names, and 127.0.0.1 takes their place',
    volumes: 'jobs see the files of the machine: what is mounted into a container has to be at the same path',
    configs: 'foster passes no files: they have to be on the machine',
    secrets: 'foster passes no files: they have to be on the machine, for the user of the job alone',
    include: 'files that it names are not read: name them for the import',
  };
  return Object.keys(file)
    .filter((key) => !['services', 'version', 'name'].includes(key) && !key.startsWith('x-'))
    .map((word): Finding => ({
      file: path,
      word,
      verdict: 'dropped',
      why: why[word] ?? 'foster has no equivalent',
    }));
}
