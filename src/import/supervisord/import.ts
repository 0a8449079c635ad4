/** Imports a configuration of supervisord as jobs: programs, groups, included files. */
import { basename, dirname, join } from 'node:path';
import { globPaths } from '../glob.js';
import { UniqueNames } from '../job-name.js';
import type { Finding, Imported, Problem, Surroundings } from '../model.js';
import { literalOf } from '../shell-text.js';
import { expandPercent } from './expand.js';
import {
  merged,
  parseSupervisord,
  type SupervisordFile,
  type SupervisordOption,
  type SupervisordSection,
} from './ini.js';
import { addOrder, type Ordered } from './order.js';
import { isTrue } from './options.js';
import { programJob } from './program.js';
import { groupsOf, knownEnvironment, processesOf, type Place } from './processes.js';
import { messageOf } from '../../text/phrases.js';

export function importSupervisord(paths: readonly string[], around: Surroundings): Imported {
  const results = paths.map((path) => importOne(path, around));
  return {
    services: results.flatMap(({ services }) => services),
    findings: results.flatMap(({ findings }) => findings),
    problems: results.flatMap(({ problems }) => problems),
  };
}

function importOne(path: string, around: Surroundings): Imported {
  const { files, problems } = load(path, around);
  if (problems.some(({ file }) => file === path) && files.length === 0)
    return { services: [], findings: [], problems };
  const imported = jobsOf(files, { here: dirname(around.resolve(path)), environment: around.environment });
  return { ...imported, problems: [...problems, ...imported.problems] };
}

interface Loaded {
  readonly files: readonly SupervisordFile[];
  readonly problems: readonly Problem[];
}

/** Reads the file and those that its [include] names. */
function load(path: string, around: Surroundings): Loaded {
  const main = read(path, around);
  const included = main.files
    .flatMap(({ sections }) => sections)
    .filter(({ name }) => name === 'include')
    .flatMap(({ options }) => options)
    .filter(({ key }) => key === 'files')
    .flatMap((option) => option.value.split(/\s+/).map((pattern) => include(path, option, pattern, around)));
  return {
    files: [main, ...included].flatMap(({ files }) => files),
    problems: [main, ...included].flatMap(({ problems }) => problems),
  };
}

function read(file: string, around: Surroundings): Loaded {
  try {
    const text = around.read(file);
    const template = /^\s*\{%|\{\{.*\}\}/m.exec(text);
    if (template !== null) {
      const message = `is a template (${template[0].trim().slice(0, 20)}): import what it is made into`;
      return { files: [], problems: [{ file, message }] };
    }
    const parsed = parseSupervisord(file, text);
    return { files: [parsed], problems: parsed.errors.map((error) => ({ file, ...error })) };
  } catch (error) {
    return { files: [], problems: [{ file, message: messageOf(error) }] };
  }
}

/** Reads the files that a pattern of [include] matches. */
function include(path: string, option: SupervisordOption, pattern: string, around: Surroundings): Loaded {
  const here = dirname(around.resolve(path));
  const refuse = (message: string): Loaded => ({
    files: [],
    problems: [{ file: path, line: option.line, message: `includes ${pattern}, ${message}` }],
  });
  const expanded = expandPercent(pattern, { here, ...knownEnvironment(around.environment) });
  const literal = expanded.ok ? literalOf(expanded.pieces) : undefined;
  if (literal === undefined) return refuse('whose variables are not known here');
  const full = literal.startsWith('/') ? literal : join(dirname(path), literal);
  // a configuration copied from another machine has its included files beside it
  const beside = join(dirname(path), basename(dirname(full)), basename(full));
  const inPlace = globPaths(full, around);
  const chosen = inPlace.length > 0 ? inPlace : globPaths(beside, around);
  if (chosen.length === 0) return refuse('and no file fits');
  const loaded = chosen
    .filter((found) => around.kindOf(found) === 'file' && found !== path)
    .map((found) => read(found, around));
  return {
    files: loaded.flatMap(({ files }) => files),
    problems: loaded.flatMap(({ problems }) => problems),
  };
}

/**
 * Converts the sections of all files.
 * @param place of the main file
 */
function jobsOf(files: readonly SupervisordFile[], place: Place): Imported {
  const sections = merged(files.flatMap(({ sections: own }) => own));
  const findings: Finding[] = [];
  const problems: Problem[] = [];
  const main = sections.find(({ name }) => name === 'supervisord');
  const shared = main?.options.find(({ key }) => key === 'environment');
  const inherited = (main?.options ?? []).filter(({ key }) => INHERITED.includes(key));
  const names = new UniqueNames();
  const ordered: Ordered[] = [];
  const groups = groupsOf(sections);
  for (const section of sections) {
    const kind = section.name.split(':')[0]!;
    if (kind === 'program' || kind === 'fcgi-program') {
      const program = section.name.slice(kind.length + 1).trim();
      const processes = processesOf(section, program, groups.get(program), { shared, place });
      if (typeof processes === 'string') {
        problems.push({ file: section.file, line: section.line, message: `[${section.name}] ${processes}` });
        continue;
      }
      for (const { name, ...process } of processes) {
        const service = programJob({ section, name: names.take(name), ...process, shared, inherited });
        ordered.push({ section, program, service, group: groups.get(program) });
      }
    } else findings.push(...otherSection(section));
  }
  const [first] = ordered;
  // comments at the top of a file concern the whole file
  first?.service.head.unshift(
    ...(files[0]?.sections[0]?.name.includes('program') === true
      ? []
      : (files[0]?.sections[0]?.comments ?? [])),
  );
  for (const each of ordered) start(each);
  addOrder(ordered);
  return { services: ordered.map(({ service }) => service.build()), findings, problems };
}

/** Options of [supervisord] that programs inherit. */
const INHERITED = ['user', 'directory', 'umask'];

function start({ service, section }: Ordered): void {
  const auto = section.options.find(({ key }) => key === 'autostart');
  if (auto === undefined || isTrue(auto.value)) service.startOn('startup');
}

/** Handles sections that are no programs: supervisord's own, its socket, its extensions. */
function otherSection(section: SupervisordSection): readonly Finding[] {
  const [kind = '', name = ''] = section.name.split(':');
  const origin = { file: section.file, line: section.line, word: `[${section.name}]` };
  switch (kind) {
    case 'supervisord':
      return section.options.map((option): Finding => ({
        file: section.file,
        line: option.line,
        word: option.key,
        value: option.value,
        ...ofSupervisord(option.key),
      }));
    case 'group':
      return [{ ...origin, verdict: 'kept', as: `directory ${name}: foster start '${name}/*'` }];
    case 'include':
      return [{ ...origin, verdict: 'kept', as: 'the files that it names are imported, too' }];
    case 'unix_http_server':
    case 'inet_http_server':
      return [
        {
          ...origin,
          verdict: 'dropped',
          why: 'foster has its own socket, which identifies the caller; it listens on no port',
          instead: 'docs/control.md, and `foster init --rundir`',
        },
      ];
    case 'supervisorctl':
    case 'rpcinterface':
    case 'ctlplugin':
      return [{ ...origin, verdict: 'dropped', why: 'it belongs to supervisorctl: here it is `foster`' }];
    case 'eventlistener':
      return [
        {
          ...origin,
          verdict: 'dropped',
          why: 'foster has no protocol for event listeners: nothing handles the events now',
          instead:
            'jobs with `start on = stopped JOB RESULT=failed` and the like, `essential` for "stop everything when this fails", `schedule` for TICK events',
        },
      ];
    default:
      return [{ ...origin, verdict: 'dropped', why: 'supervisord does not know such a section either' }];
  }
}

function ofSupervisord(
  key: string,
): { verdict: 'kept'; as: string } | { verdict: 'dropped'; why: string; instead?: string } {
  switch (key) {
    case 'environment':
      return { verdict: 'kept', as: 'env, in each job' };
    case 'nodaemon':
      return { verdict: 'kept', as: 'foster init stays in the foreground' };
    case 'logfile':
    case 'logfile_maxbytes':
    case 'logfile_backups':
    case 'loglevel':
    case 'silent':
      return {
        verdict: 'dropped',
        why: "foster's own log goes to its standard error",
        instead: '`foster init --log-priority`',
      };
    case 'childlogdir':
      return {
        verdict: 'dropped',
        why: 'logs of jobs are in the log directory of foster',
        instead: '`foster init --logdir DIR`',
      };
    case 'pidfile':
    case 'identifier':
    case 'nocleanup':
    case 'strip_ansi':
      return { verdict: 'dropped', why: 'foster has no equivalent' };
    case 'user':
    case 'directory':
    case 'umask':
      return { verdict: 'kept', as: 'in each job without its own value' };
    case 'minfds':
    case 'minprocs':
      return {
        verdict: 'dropped',
        why: "jobs inherit foster's limits",
        instead: '`limit nofile SOFT HARD` in each job',
      };
    default:
      return { verdict: 'dropped', why: 'supervisord does not know it either: it belongs to an extension' };
  }
}
