/** Imports a Procfile and its .env as jobs that run as with foreman. */
import { basename, dirname, join } from 'node:path';
import { flattenJson, parseDotenv, type DotenvEntry } from '../dotenv.js';
import { MOST_INSTANCES } from '../../jobfile/stanzas/argument.js';
import { UniqueNames } from '../job-name.js';
import type { Finding, Imported, Problem, Surroundings } from '../model.js';
import { ServiceBuilder } from '../service-builder.js';
import { parseProcfile, type Procfile } from './procfile.js';
import { messageOf } from '../../text/phrases.js';

/** foreman gives the first kind of process this port, and each further one a hundred more. */
const FIRST_PORT = 5000;
const PORT_STEP = 100;

export function importProcfile(paths: readonly string[], around: Surroundings, envFile?: string): Imported {
  const problems: Problem[] = [];
  const findings: Finding[] = [];
  const services: ServiceBuilder[] = [];
  for (const path of paths) {
    const text = read(path, around, problems);
    if (text === undefined) continue;
    const procfile = parseProcfile(text);
    problems.push(...procfile.errors.map((error) => ({ file: path, ...error })));
    if (procfile.processes.length === 0 && procfile.errors.length === 0)
      problems.push({ file: path, message: 'names no process: expected lines `NAME: COMMAND`' });
    const directory = dirname(around.resolve(path));
    const file = envFile ?? join(dirname(path), '.env');
    const variables =
      envFile === undefined && around.kindOf(file) !== 'file'
        ? []
        : variablesOf(file, around, problems, findings);
    const formation = formationOf(join(dirname(path), '.foreman'), around);
    services.push(...jobsOf({ path, procfile, directory, variables, variablesFile: file, formation }));
    if (procfile.processes.length > 0)
      findings.push({
        file: path,
        word: basename(path),
        verdict: 'approximated',
        as: 'respawn',
        how: 'foreman ends all processes when one ends: here each is a separate job, and is restarted',
      });
  }
  return { services: services.map((service) => service.build()), findings, problems };
}

function read(path: string, around: Surroundings, problems: Problem[]): string | undefined {
  try {
    return around.read(path);
  } catch (error) {
    problems.push({ file: path, message: messageOf(error) });
    return undefined;
  }
}

interface Parts {
  readonly path: string;
  readonly procfile: Procfile;
  readonly directory: string;
  readonly variables: readonly DotenvEntry[];
  readonly variablesFile: string;
  readonly formation: (process: string) => number;
}

/** Returns the jobs of a Procfile. Pure. */
function jobsOf({
  path,
  procfile,
  directory,
  variables,
  variablesFile,
  formation,
}: Parts): readonly ServiceBuilder[] {
  const names = new UniqueNames();
  const base = Number(variables.find(({ key }) => key === 'PORT')?.value ?? FIRST_PORT);
  const jobs: ServiceBuilder[] = [];
  for (const [index, { name, command, line, comments }] of procfile.processes.entries()) {
    const count = formation(name);
    const service = new ServiceBuilder(names.take(name), path);
    const origin = { file: path, line, word: name, value: command, comments };
    service.command('main', { kind: 'shell', line: command, comments });
    service.found(origin, { verdict: 'kept', as: 'exec' });
    service.implied('chdir', directory);
    service.implied('env inherit');
    for (const entry of variables) {
      if (entry.key === 'PORT') continue;
      service.env(
        { file: variablesFile, line: entry.line, word: entry.key, comments: entry.comments },
        entry.key,
        entry.value,
      );
    }
    addNumbers(service, name, count, Number.isSafeInteger(base) ? base + index * PORT_STEP : undefined);
    if (name === 'release') {
      service.implied('task');
      service.found(origin, {
        verdict: 'approximated',
        as: 'task, without start on',
        how: 'it ran once for each release: `foster start release` runs it',
      });
    } else {
      service.implied('respawn');
      service.startOn('startup');
    }
    jobs.push(service);
  }
  const [first] = jobs;
  first?.head.push(...procfile.head);
  jobs.at(-1)?.head.push(...procfile.tail);
  return jobs;
}

/** Sets number and port: foreman numbers the processes of a kind from 1, each with the next port. */
function addNumbers(service: ServiceBuilder, name: string, count: number, port: number | undefined): void {
  if (count === 1) {
    if (port !== undefined) service.implied('env', `PORT=${port}`);
    service.implied('env', `PS=${name}.1`);
    return;
  }
  service.implied('instances', String(count));
  if (port !== undefined) service.prelude(`export PORT=$((${port - 1} + INSTANCE))`);
  service.prelude(`export PS="${name}.$INSTANCE"`);
}

function variablesOf(
  file: string,
  around: Surroundings,
  problems: Problem[],
  findings: Finding[],
): readonly DotenvEntry[] {
  const text = read(file, around, problems);
  if (text === undefined) return [];
  if (/^\s*\{/.test(text)) {
    try {
      return flattenJson(JSON.parse(text)).map(([key, value]) => ({
        line: 1,
        key,
        value,
        literal: true,
        comments: [],
      }));
    } catch (error) {
      problems.push({
        file,
        message: `is not JSON: ${messageOf(error)}`,
      });
      return [];
    }
  }
  const { entries, ignored } = parseDotenv(text);
  for (const { line, text: word } of ignored)
    findings.push({ file, line, word: word.slice(0, 60), verdict: 'dropped', why: 'it is not NAME=VALUE' });
  return entries;
}

/** Returns how many of each kind to run: `formation: web=2,worker=3` (or concurrency) in `.foreman`. */
function formationOf(path: string, around: Surroundings): (process: string) => number {
  if (around.kindOf(path) !== 'file') return () => 1;
  const line = /^(?:formation|concurrency|m):\s*["']?([^"'\n]*)/m.exec(around.read(path))?.[1] ?? '';
  const counts = new Map([...line.matchAll(/([\w-]+)=(\d+)/g)].map((match) => [match[1]!, Number(match[2])]));
  return (process) => Math.min(counts.get(process) ?? counts.get('all') ?? 1, MOST_INSTANCES);
}
