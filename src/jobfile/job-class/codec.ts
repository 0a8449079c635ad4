/**
 * A job class as plain JSON: a live job goes on with the class it was started with, also after its file has changed. Each
 * field is declared here; one that is missing does not compile.
 */
import {
  amount,
  boolean,
  checked,
  count,
  descriptor,
  integer,
  literal,
  number,
  string,
  type Codec,
} from '../../codec/codec.js';
import { asObject, dictionary, list, recursive, subset, variant } from '../../codec/containers.js';
import { mismatch } from '../../codec/decode-error.js';
import { optional, record } from '../../codec/record.js';
import { regularExpression } from '../stanzas/argument.js';
import type { EventMatch, ExpectedEvents } from '../expression/event-expression.js';
import {
  LOG_PERIODS,
  PROCESS_NAMES,
  type CgroupSetting,
  type CommandText,
  type HealthProbe,
  type Instances,
  type JobClass,
  type Limit,
  type LimitValue,
  type Ready,
  type RespawnDelay,
  type RuntimeDirectory,
} from './job-class.js';

const strings = list(string);
const yes = literal(true);

/** Longer expressions than this are refused by the parser of job files, which is recursive too. */
const DEEPEST_EXPRESSION = 2000;

type Leaf = Extract<ExpectedEvents, { readonly kind: 'event' }>;
type Branch = Exclude<ExpectedEvents, Leaf>;

const eventMatch = record<EventMatch>({
  key: optional(string),
  negated: optional(yes),
  pattern: string,
  text: string,
});

/** What `start on` and `stop on` describe. */
export const expectedEvents: Codec<ExpectedEvents> = recursive(() => EXPRESSION, {
  expected: 'an event expression',
  deepest: DEEPEST_EXPRESSION,
});

const operator = record<Branch>({
  kind: literal('and', 'or'),
  left: expectedEvents,
  right: expectedEvents,
});

const EXPRESSION: Codec<ExpectedEvents> = variant<ExpectedEvents, 'kind'>('kind', {
  event: record<Leaf>({ kind: literal('event'), name: string, matches: list(eventMatch) }),
  and: operator,
  or: operator,
});

type Command<Key extends string> = Extract<CommandText, Readonly<Record<Key, unknown>>>;

/** The three forms have no field in common that would tell them apart. */
const COMMANDS = {
  exec: record<Command<'exec'>>({ exec: string }),
  script: record<Command<'script'>>({ script: string }),
  argv: record<Command<'argv'>>({
    argv: checked(strings, 'at least one word', (words) => words.length > 0),
  }),
};

const commandText: Codec<CommandText> = {
  write: (command) => command,
  read: (json) => {
    const source = asObject(json);
    if (Object.hasOwn(source, 'exec')) return COMMANDS.exec.read(json, undefined);
    if (Object.hasOwn(source, 'script')) return COMMANDS.script.read(json, undefined);
    if (Object.hasOwn(source, 'argv')) return COMMANDS.argv.read(json, undefined);
    return mismatch('one of exec, script, argv', json);
  },
};

type ReadyWhen<When extends Ready['when']> = Extract<Ready, { readonly when: When }>;
type SimplyReady = Exclude<Ready, ReadyWhen<'fd' | 'port' | 'path' | 'log'>>;

const simplySaid = record<SimplyReady>({ when: literal('auto', 'daemonised', 'exec', 'notify') });

const ready = variant<Ready, 'when'>('when', {
  auto: simplySaid,
  daemonised: simplySaid,
  exec: simplySaid,
  notify: simplySaid,
  fd: record<ReadyWhen<'fd'>>({ when: literal('fd'), fd: descriptor }),
  port: record<ReadyWhen<'port'>>({ when: literal('port'), port: integer(0, 65535, 'a port') }),
  path: record<ReadyWhen<'path'>>({ when: literal('path'), path: string }),
  log: record<ReadyWhen<'log'>>({
    when: literal('log'),
    pattern: checked(
      string,
      regularExpression.expected,
      (pattern) => regularExpression.decode(pattern) !== undefined,
    ),
  }),
});

const limitValue: Codec<LimitValue> = {
  write: (value) => value,
  read: (json) =>
    json === 'unlimited' || (typeof json === 'number' && Number.isFinite(json) && json >= 0)
      ? json
      : mismatch('a number of at least 0 or "unlimited"', json),
};

const statusOrSignal: Codec<number | string> = {
  write: (value) => value,
  read: (json) =>
    typeof json === 'string' || (typeof json === 'number' && Number.isFinite(json))
      ? json
      : mismatch('an exit status or the name of a signal', json),
};

const instanceCount: Codec<Instances['count']> = {
  write: (value) => value,
  read: (json, context) => (json === 'cpus' ? json : count.read(json, context)),
};

export const instances = record<Instances>({ count: instanceCount, first: optional(count) });

const cgroupSetting = record<CgroupSetting>({
  controller: string,
  name: optional(string),
  key: optional(string),
  value: optional(string),
});

type ProbeBy<By extends HealthProbe['by']> = Extract<HealthProbe, { readonly by: By }>;
const port = integer(1, 65535, 'a port');

const health = variant<HealthProbe, 'by'>('by', {
  exec: record<ProbeBy<'exec'>>({ by: literal('exec'), command: commandText }),
  http: record<ProbeBy<'http'>>({ by: literal('http'), host: string, port, path: string }),
  tcp: record<ProbeBy<'tcp'>>({ by: literal('tcp'), host: string, port }),
});

export const jobClass = record<JobClass>({
  name: string,
  source: record<JobClass['source']>({
    path: string,
    syntax: literal('conf', 'ini'),
    override: optional(string),
  }),
  description: optional(string),
  author: optional(string),
  version: optional(string),
  usage: optional(string),
  processes: subset(PROCESS_NAMES, commandText),
  startOn: optional(expectedEvents),
  stopOn: optional(expectedEvents),
  startMatches: optional(literal('first', 'all')),
  env: strings,
  envFiles: optional(strings),
  export: strings,
  emits: strings,
  instance: optional(string),
  instances: optional(instances),
  task: optional(yes),
  respawn: optional(yes),
  respawnLimit: optional(amount),
  respawnInterval: optional(amount),
  respawnDelay: optional(
    record<RespawnDelay>({ first: amount, cap: amount, resetAfter: amount, firstAtOnce: optional(yes) }),
  ),
  normalExit: optional(list(statusOrSignal)),
  expect: optional(literal('stop', 'daemon', 'fork', 'none')),
  ready: optional(ready),
  startTimeout: optional(amount),
  timeouts: optional(subset(PROCESS_NAMES, amount)),
  pidFile: optional(string),
  handOff: optional(literal('any', 'session', 'never')),
  watchdog: optional(amount),
  fdStore: optional(count),
  essential: optional(yes),
  health: optional(health),
  healthInterval: optional(amount),
  healthTimeout: optional(amount),
  healthStartPeriod: optional(amount),
  healthRetries: optional(count),
  healthAction: optional(literal('restart', 'mark')),
  killTimeout: optional(amount),
  killSignal: optional(string),
  killMode: optional(literal('session', 'group', 'lineage', 'main', 'cgroup')),
  reloadSignal: optional(string),
  console: optional(literal('log', 'none', 'output', 'owner', 'pty')),
  consoleFormat: optional(literal('prefix', 'json')),
  logSize: optional(amount),
  logCount: optional(amount),
  logPeriod: optional(literal(...LOG_PERIODS)),
  logCompress: optional(yes),
  logFile: optional(string),
  logSplit: optional(yes),
  umask: optional(integer(0, 0o777, 'a file mode mask')),
  nice: optional(number),
  oomScoreAdj: optional(number),
  limits: optional(dictionary(record<Limit>({ soft: limitValue, hard: limitValue }))),
  chroot: optional(string),
  chdir: optional(string),
  runtimeDirs: optional(list(record<RuntimeDirectory>({ path: string, mode: optional(string) }))),
  setuid: optional(string),
  setgid: optional(string),
  userEnvironment: optional(boolean),
  envInherit: optional(yes),
  apparmorSwitch: optional(string),
  cgroup: optional(list(cgroupSetting)),
  debug: optional(yes),
  schedule: optional(string),
  manual: optional(yes),
  requires: optional(strings),
  after: optional(strings),
});
