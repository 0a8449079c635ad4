/**
 * A job class: what one job file defines, whichever syntax it was written in. Plain data, declared here once: the type, the
 * default, and how it is saved, since a live job goes on with the class it was started with, also after its file has changed.
 *
 * A `setting` has a default: it is always there, and nobody else knows the default. An `optional` field is absent where the file
 * says nothing: that is no value, or what counts then depends on something else (defaults.ts).
 */
import { amount, boolean, count, integer, literal, number, string } from '../../codec/codec.js';
import { dictionary, list, subset } from '../../codec/containers.js';
import { field, optional, setting } from '../../codec/field.js';
import { record, type Recorded } from '../../codec/record.js';
import { expectedEvents } from '../expression/event-expression.js';
import {
  cgroupSetting,
  commandText,
  healthProbe,
  instances,
  limit,
  LOG_PERIODS,
  PROCESS_NAMES,
  ready,
  respawnDelay,
  runtimeDirectory,
  statusOrSignal,
} from './values.js';

export * from './values.js';

const strings = list(string);
const yes = literal(true);

/** The words of a stanza that takes one of a few. */
export const WORDS = {
  expect: ['stop', 'daemon', 'fork', 'none'],
  startMatches: ['first', 'all'],
  handOff: ['any', 'session', 'never'],
  killMode: ['session', 'group', 'lineage', 'main', 'cgroup'],
  console: ['log', 'none', 'output', 'owner', 'pty'],
  healthAction: ['restart', 'mark'],
} as const;

export const jobClass = record({
  /** path below the configuration directory without extension: `net/apache` */
  name: string,
  source: record({ path: string, syntax: literal('conf', 'ini'), override: optional(string) }),

  description: optional(string),
  author: optional(string),
  version: optional(string),
  usage: optional(string),

  processes: subset(PROCESS_NAMES, commandText),
  startOn: optional(expectedEvents),
  stopOn: optional(expectedEvents),
  /** what becomes of an event for which a part of `start on` is true already; `first` is what Upstart does */
  startMatches: setting(literal(...WORDS.startMatches), 'first'),

  /** `KEY=VALUE` literal, or `KEY` alone: copied from the supervisor's own environment */
  env: field(strings, { initial: [] }),
  /** absolute paths of files of variables; `-` before one that need not be there */
  envFiles: setting(strings, []),
  export: field(strings, { initial: [] }),
  emits: field(strings, { initial: [] }),
  instance: optional(string),
  instances: optional(instances),

  task: optional(yes),
  respawn: optional(yes),
  /** 0 in either means unlimited; `unlimited` is stored as 0 and 0 */
  respawnLimit: setting(amount, 10),
  /** the default depends on `respawnDelay` (respawnIntervalOf) */
  respawnInterval: optional(amount),
  respawnDelay: optional(respawnDelay),
  normalExit: setting(list(statusOrSignal), []),

  expect: setting(literal(...WORDS.expect), 'none'),
  ready: optional(ready),
  /** seconds; systemd's start limit, which the authors of slow daemons have come to count on */
  startTimeout: setting(amount, 90),
  /** seconds a hook may take, by hook */
  timeouts: setting(subset(PROCESS_NAMES, amount), {}),
  pidFile: optional(string),
  /** to whom main may hand off when it ends with status 0; `session`: only to a process that has left main's session */
  handOff: setting(literal(...WORDS.handOff), 'any'),
  /** seconds: main has to give a sign of life this often (`WATCHDOG=1` of sd_notify(3)) */
  watchdog: optional(amount),
  /** how many descriptors the job may have kept for its next start (`FDSTORE=1` of sd_notify(3)) */
  fdStore: setting(count, 0),
  essential: optional(yes),
  health: optional(healthProbe),
  /** seconds; Kubernetes' figures for a liveness probe, but for its timeout of a second, which a busy machine misses */
  healthInterval: setting(amount, 10),
  healthTimeout: setting(amount, 5),
  healthStartPeriod: setting(amount, 0),
  /** checks in a row that fail until the job is unhealthy */
  healthRetries: setting(count, 3),
  /** what becomes of it then; the default depends on `respawn` */
  healthAction: optional(literal(...WORDS.healthAction)),

  /** one that is stated bounds hooks, too (killTimeoutOf) */
  killTimeout: optional(amount),
  /**
   * name without SIG; a number, as text, where the signal has no name here: 37, and also 0, which Upstart takes and which
   * real job files use to say that they cannot reload (`reload signal 0`)
   */
  killSignal: setting(string, 'TERM'),
  /** DESIGN section 4: everything that is main's own is ended, what detached itself is left alone */
  killMode: setting(literal(...WORDS.killMode), 'session'),
  /** as killSignal */
  reloadSignal: setting(string, 'HUP'),

  /** the default is that of the command line */
  console: optional(literal(...WORDS.console)),
  /** readable beside the output of other jobs */
  consoleFormat: setting(literal('prefix', 'json'), 'prefix'),
  /** rotation of log files: a day's worth of a talkative daemon, and five of them, so that a job holds 60 MiB at most */
  logSize: setting(amount, 10 * 1024 * 1024),
  logCount: setting(amount, 5),
  logPeriod: optional(literal(...LOG_PERIODS)),
  /** old files are compressed */
  logCompress: optional(yes),
  /** an absolute path, instead of a file in the log directory */
  logFile: optional(string),
  /** stdout and stderr have files of their own */
  logSplit: optional(yes),

  /** the default depends on how foster was started, as does that of `nice`, `oomScoreAdj` and `chdir` */
  umask: optional(integer(0, 0o777, 'a file mode mask')),
  nice: optional(number),
  oomScoreAdj: optional(number),
  limits: setting(dictionary(limit), {}),
  chroot: optional(string),
  chdir: optional(string),
  runtimeDirs: setting(list(runtimeDirectory), []),
  setuid: optional(string),
  setgid: optional(string),
  /** HOME, USER, SHELL, LOGNAME with setuid; on in `.ini` */
  userEnvironment: setting(boolean, false),
  envInherit: optional(yes),
  apparmorSwitch: optional(string),
  cgroup: setting(list(cgroupSetting), []),
  debug: optional(yes),
  /** times of crontab(5) */
  schedule: optional(string),
  /** times of `schedule` that foster missed are made up for by one start */
  schedulePersistent: optional(yes),
  /** `manual` has the last word: no event and no time starts it */
  manual: optional(yes),
  /** sugar over events */
  requires: setting(strings, []),
  after: setting(strings, []),
});

export interface JobClass extends Recorded<typeof jobClass> {}

export type HandOff = JobClass['handOff'];
export type Expect = JobClass['expect'];
export type Console = NonNullable<JobClass['console']>;
export type KillMode = JobClass['killMode'];

/** What each setting is where a file says nothing. */
export const DEFAULTS = jobClass.initial;
