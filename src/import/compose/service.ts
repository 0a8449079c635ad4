/** One service of a Compose file as a job. */
import { dirname, isAbsolute, join } from 'node:path';
import { parseDotenv } from '../dotenv.js';
import type { Origin, Surroundings } from '../model.js';
import { ServiceBuilder } from '../service-builder.js';
import { commandLine, splitWords } from '../shell-text.js';
import { signalWord } from '../signal-word.js';
import type { SourceOf } from './comments.js';
import { addHealth } from './health.js';
import { amount, duration, isMap, scalar, scalars, variables, type Values } from './model.js';
import { OTHER_KEYS } from './other-keys.js';

export interface ComposeService {
  readonly name: string;
  readonly values: Values;
  readonly path: string;
  readonly around: Surroundings;
  readonly source: SourceOf;
}

/** What a rule needs: the setting, and where it stands. */
interface Setting {
  readonly service: ServiceBuilder;
  readonly value: unknown;
  readonly origin: Origin;
  readonly compose: ComposeService;
}

/** @returns why no job can be made of it */
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
    else if (!key.startsWith('x-')) service.dropped(origin, 'foster has nothing like it');
  }
  if (values['stop_grace_period'] === undefined) service.implied('kill timeout', '10');
  if (values['profiles'] === undefined) service.startOn('startup');
  return service;
}

/** A list as it stands, a text as words: no shell reads it. */
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
      service.dropped(origin, 'a service of another file is not looked at');
    else service.found(origin, { verdict: 'kept', as: 'what the other service says' });
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
    if (seconds === undefined) service.dropped(origin, 'it is no duration');
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
      'swap has a limit of its own in version 2 of control groups',
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
    // as runc converts shares of version 1 (1024 is usual) into weights (100)
    const weight = Math.min(10_000, Math.max(1, Math.round(1 + ((Number(value) - 2) * 9999) / 262_142)));
    if (Number.isFinite(weight))
      service.approximated(
        origin,
        'a weight of version 2 of control groups',
        'cgroup',
        'cpu.weight',
        String(weight),
      );
    else service.dropped(origin, 'it is no number');
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
    else service.found(origin, { verdict: 'kept', as: 'nothing: so it is in foster' });
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
    // of a list, the comments come with its first entry
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

/** Read at the import, since its form is not the shell's. What `environment` says counts more. */
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
      service.dropped(own, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function restart({ service, value, origin, compose }: Setting): void {
  if (isMap(compose.values['deploy']) && isMap(compose.values['deploy']['restart_policy'])) {
    service.found(origin, { verdict: 'kept', as: 'see deploy.restart_policy' });
    return;
  }
  policy(service, origin, value === false ? 'no' : (scalar(value) ?? 'no'));
}

/** Docker waits 100 ms before the first restart, twice as long before each further one, a minute at most, until it has run for 10 s. */
function policy(service: ServiceBuilder, origin: Origin, name: string): void {
  const [kind = '', most] = name.split(':');
  switch (kind) {
    case 'no':
    case 'none':
      service.found(origin, { verdict: 'kept', as: 'nothing: without `respawn` a job is not restarted' });
      return;
    case 'always':
    case 'any':
    case 'unless-stopped':
    case 'on-failure':
      service.kept(origin, 'respawn');
      break;
    default:
      service.dropped(origin, 'compose would refuse it');
      return;
  }
  service.implied('respawn delay', '0.1', '60', '10');
  if (kind === 'on-failure') service.implied('normal exit', '0');
  if (most !== undefined && /^\d+$/.test(most))
    service.approximated(
      { ...origin, comments: [] },
      'foster counts restarts within an hour',
      'respawn limit',
      String(Math.max(1, Number(most))),
      '3600',
    );
  else service.implied('respawn limit', 'unlimited');
}

function ulimits({ service, value, origin }: Setting): void {
  if (!isMap(value)) return;
  for (const [index, [name, limit]] of Object.entries(value).entries()) {
    const soft = isMap(limit) ? scalar(limit['soft']) : scalar(limit);
    const hard = isMap(limit) ? (scalar(limit['hard']) ?? soft) : soft;
    const own = {
      ...origin,
      word: `ulimits.${name}`,
      value: scalar(limit) ?? JSON.stringify(limit),
      comments: index === 0 ? (origin.comments ?? []) : [],
    };
    const words = [soft, hard].map((one) => (one === '-1' || one === undefined ? 'unlimited' : one));
    service.kept(own, 'limit', name, ...words);
  }
}

function memory(service: ServiceBuilder, origin: Origin, file: string, value: unknown): void {
  const bytes = amount(value);
  if (bytes === undefined) service.dropped(origin, 'it is no amount of memory');
  else service.kept(origin, 'cgroup', file, String(bytes));
}

function cpus(service: ServiceBuilder, origin: Origin, value: unknown): void {
  const count = Number(value);
  if (Number.isFinite(count) && count > 0)
    service.kept(origin, 'cgroup', 'cpu.max', `${Math.max(1, Math.round(count * 100))}%`);
  else service.dropped(origin, 'it is no number of processors');
}

function deploy({ service, value, origin }: Setting): void {
  if (!isMap(value)) return;
  for (const [key, part] of Object.entries(value)) {
    const own: Origin = {
      ...origin,
      word: `deploy.${key}`,
      value: scalar(part) ?? JSON.stringify(part),
      comments: [],
    };
    if (key === 'resources' && isMap(part)) resources(service, own, part);
    else if (key === 'restart_policy' && isMap(part)) {
      const condition = scalar(part['condition']) ?? 'any';
      policy(
        service,
        own,
        `${condition}${condition === 'on-failure' && scalar(part['max_attempts']) !== undefined ? `:${scalar(part['max_attempts'])!}` : ''}`,
      );
    } else if (key === 'replicas') copies({ service, value: part, origin: own });
    else service.dropped(own, 'it is for a swarm of machines');
  }
}

function resources(service: ServiceBuilder, origin: Origin, value: Values): void {
  for (const [kind, files] of Object.entries(value)) {
    if (!isMap(files)) continue;
    for (const [key, part] of Object.entries(files)) {
      const own = {
        ...origin,
        word: `${origin.word}.${kind}.${key}`,
        value: scalar(part) ?? JSON.stringify(part),
      };
      if (kind === 'limits' && key === 'cpus') cpus(service, own, part);
      else if (kind === 'limits' && key === 'memory') memory(service, own, 'memory.max', part);
      else if (kind === 'limits' && key === 'pids')
        service.kept(own, 'cgroup', 'pids.max', scalar(part) ?? '');
      else if (kind === 'reservations' && key === 'memory') memory(service, own, 'memory.low', part);
      else service.dropped(own, 'foster reserves nothing of this kind');
    }
  }
}

function copies({ service, value, origin }: Pick<Setting, 'service' | 'value' | 'origin'>): void {
  if (Number(value) === 1) service.found(origin, { verdict: 'kept', as: 'one job' });
  else
    service.approximated(
      origin,
      'copies are no containers: they share the ports and the files of the machine, and tell each other apart by INSTANCE',
      'instances',
      scalar(value) ?? '',
    );
}
