/** Converts one service of a Compose file to a job. */
import { dirname, isAbsolute, join } from 'node:path';
import { parseDotenv } from '../dotenv.js';
import type { Origin } from '../model.js';
import { ServiceBuilder } from '../service-builder.js';
import { commandLine, splitWords } from '../shell-text.js';
import { signalWord } from '../signal-word.js';
import { addHealth } from './health.js';
import { duration, isMap, scalar, scalars, variables, type ComposeService, type Setting } from './model.js';
import { OTHER_KEYS } from './other-keys.js';
import { restart } from './restart.js';
import { copies, cpus, deploy, memory, ulimits } from './resources.js';
import { messageOf } from '../../text/phrases.js';

/**
 * Converts a service.
 * @returns a text that says why no job is possible
 */
export function composeJob(compose: ComposeService): ServiceBuilder | string {
  const { values, source } = compose;
  const argv = [...(wordsOf(values['entrypoint']) ?? []), ...(wordsOf(values['command']) ?? [])];
  if (argv.length === 0) {
    const image = scalar(values['image']);
    return `runs what its image says${image === undefined ? '' : ` (${image})`}, which is not in this file: \`podman image inspect --format '{{.Config.Entrypoint}} {{.Config.Cmd}}'\` shows it; write it as \`command\``;
  }
  const service = new ServiceBuilder(compose.name, compose.path);
  service.head.push(...(source().comments ?? []));
  service.command('main', { kind: 'program', line: commandLine(argv) });
  for (const [key, value] of Object.entries(values)) {
    const text = scalar(value) ?? JSON.stringify(value);
    const origin: Origin = { ...source(key), word: key, value: text };
    const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
    const other = Object.hasOwn(OTHER_KEYS, key) ? OTHER_KEYS[key] : undefined;
    if (rule !== undefined) rule({ service, value, origin, compose });
    else if (other !== undefined) other(service, origin, value);
    else if (!key.startsWith('x-')) service.dropped(origin, 'foster has no equivalent');
  }
  if (values['stop_grace_period'] === undefined) service.implied('kill timeout', '10');
  if (values['profiles'] === undefined) service.startOn('startup');
  return service;
}

/** Returns the words of a list, or of a text, which is split without a shell. */
function wordsOf(value: unknown): readonly string[] | undefined {
  if (Array.isArray(value)) return scalars(value);
  const text = scalar(value);
  if (text === undefined) return undefined;
  const split = splitWords(text);
  return split.ok ? split.words : undefined;
}

type Rule = (setting: Setting) => void;

const isElsewhere = (): void => undefined;

const RULES: Readonly<Record<string, Rule>> = {
  command: exec,
  entrypoint: exec,
  environment,
  env_file: envFile,
  depends_on: isElsewhere,
  links: isElsewhere,
  extends: ({ service, origin, value }) => {
    if (isMap(value) && value['file'] !== undefined)
      service.dropped(origin, 'services of other files are not read');
    else service.found(origin, { verdict: 'kept', as: 'the settings of the other service' });
  },
  healthcheck: ({ service, value, origin }) => {
    addHealth(service, value, origin);
  },
  restart,
  user: ({ service, value, origin }) => {
    const [user = '', group] = (scalar(value) ?? '').split(':');
    if (user !== '') service.kept(origin, 'setuid', user);
    if (group !== undefined && group !== '') service.kept({ ...origin, comments: [] }, 'setgid', group);
  },
  working_dir: ({ service, value, origin }) => void service.kept(origin, 'chdir', scalar(value) ?? ''),
  stop_signal: ({ service, value, origin }) =>
    void service.kept(origin, 'kill signal', signalWord(scalar(value) ?? '')),
  stop_grace_period: ({ service, value, origin }) => {
    const seconds = duration(value);
    if (seconds === undefined) service.dropped(origin, 'it is not a duration');
    else service.kept(origin, 'kill timeout', String(Math.ceil(seconds)));
  },
  ulimits,
  profiles: ({ service, origin }) =>
    service.found(origin, { verdict: 'kept', as: 'no start on: `foster start` starts it' }),
  mem_limit: ({ service, value, origin }) => {
    memory(service, origin, 'memory.max', value);
  },
  mem_reservation: ({ service, value, origin }) => {
    memory(service, origin, 'memory.low', value);
  },
  memswap_limit: ({ service, origin }) =>
    service.dropped(
      origin,
      'swap has a separate limit in cgroups version 2',
      '`cgroup = memory.swap.max SIZE`',
    ),
  pids_limit: ({ service, value, origin }) =>
    void service.kept(origin, 'cgroup', 'pids.max', Number(value) > 0 ? String(value) : 'max'),
  cpus: ({ service, value, origin }) => {
    cpus(service, origin, value);
  },
  cpuset: ({ service, value, origin }) =>
    void service.kept(origin, 'cgroup', 'cpuset.cpus', scalar(value) ?? ''),
  cpu_shares: ({ service, value, origin }) => {
    // convert shares of version 1 (default 1024) to weights (default 100) as runc does
    const weight = Math.min(10_000, Math.max(1, Math.round(1 + ((Number(value) - 2) * 9999) / 262_142)));
    if (Number.isFinite(weight))
      service.approximated(origin, 'a weight of cgroups version 2', 'cgroup', 'cpu.weight', String(weight));
    else service.dropped(origin, 'it is not a number');
  },
  oom_score_adj: ({ service, value, origin }) => void service.kept(origin, 'oom score', scalar(value) ?? ''),
  deploy,
  tty: ({ service, value, origin }) => {
    if (value === true)
      service.approximated(
        origin,
        'output goes through a terminal into the log; there is no input',
        'console',
        'log',
        'pty',
      );
    else service.builtIn(origin);
  },
  scale: copies,
};

function exec({ service, origin, value, compose }: Setting): void {
  if (wordsOf(value) === undefined) {
    service.dropped(origin, 'a quote is not closed');
    return;
  }
  const isPart =
    origin.word === 'command' &&
    compose.values['entrypoint'] === undefined &&
    compose.values['image'] !== undefined;
  const how = 'an entrypoint that the image may have is not in this file: it would come first';
  service.found(
    origin,
    isPart ? { verdict: 'approximated', as: 'exec', how } : { verdict: 'kept', as: 'exec' },
  );
}

function environment({ service, value, origin, compose }: Setting): void {
  for (const [index, [key, text]] of variables(value).entries()) {
    // comments on a list come with its first entry
    const comments = isMap(value)
      ? compose.source('environment', key).comments
      : index === 0
        ? origin.comments
        : [];
    const own = { ...origin, value: text === undefined ? key : `${key}=${text}`, comments: comments ?? [] };
    if (text === undefined) service.kept(own, 'env', key);
    else service.env(own, key, text);
  }
}

/**
 * Reads the file during the import, since its syntax differs from the shell's. `environment` takes
 * precedence.
 */
function envFile({ service, value, origin, compose }: Setting): void {
  const stated = new Set(variables(compose.values['environment']).map(([key]) => key));
  for (const entry of Array.isArray(value) ? value : [value]) {
    const path = isMap(entry) ? scalar(entry['path']) : scalar(entry);
    const isRequired = !(isMap(entry) && entry['required'] === false);
    if (path === undefined) continue;
    const file = isAbsolute(path) ? path : join(dirname(compose.path), path);
    const own = { ...origin, value: path };
    if (compose.around.kindOf(file) !== 'file') {
      if (isRequired)
        service.dropped(
          own,
          'there is no such file here: its variables are missing',
          'the same import where the file is',
        );
      else service.found(own, { verdict: 'kept', as: 'nothing: there is no such file, and none is needed' });
      continue;
    }
    try {
      for (const { key, value: text, line, comments } of parseDotenv(compose.around.read(file)).entries)
        if (!stated.has(key)) service.env({ file, line, word: key, comments }, key, text);
      service.found(own, {
        verdict: 'approximated',
        as: 'section [env]',
        how: 'its variables as they are now: a change of the file changes nothing',
      });
    } catch (error) {
      service.dropped(own, `it cannot be read: ${messageOf(error)}`);
    }
  }
}
