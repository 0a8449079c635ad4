/**
 * A job class: what one job file defines, whichever syntax it was written in. Plain data.
 * Fields at their default are absent unless noted; `defaults.ts` gives the defaults.
 */
import type { ExpectedEvents } from '../expression/event-expression.js';

/** The processes of a job in the order in which they run (Upstart section 2). */
export const PROCESS_NAMES = [
  'security',
  'pre-start',
  'main',
  'post-start',
  'pre-stop',
  'post-stop',
] as const;
export type ProcessName = (typeof PROCESS_NAMES)[number];

/** `exec` keeps its text as written (Upstart 1.3: quotes stay); a `script` is run by `/bin/sh -e`. */
export type CommandText =
  | { readonly exec: string }
  | { readonly script: string }
  /** words that nothing reads again: COMMAND of `foster init`; no job file can say this */
  | { readonly argv: readonly string[] };

export type LimitValue = number | 'unlimited';
export interface Limit {
  readonly soft: LimitValue;
  readonly hard: LimitValue;
}

/** `session`: only a process that has left main's session */
export type HandOff = 'any' | 'session' | 'never';

export type Expect = 'stop' | 'daemon' | 'fork' | 'none';
export type Console = 'log' | 'none' | 'output' | 'owner' | 'pty';
export type KillMode = 'session' | 'group' | 'lineage' | 'main' | 'cgroup';

/** When `started` is said (DESIGN section 4). */
export type Ready =
  | { readonly when: 'auto' | 'daemonised' | 'exec' | 'notify' }
  | { readonly when: 'fd'; readonly fd: number }
  | { readonly when: 'port'; readonly port: number }
  | { readonly when: 'path'; readonly path: string }
  | { readonly when: 'log'; readonly pattern: string };

/** Exponential back-off between respawns; times in seconds. */
export interface RespawnDelay {
  readonly first: number;
  readonly cap: number;
  /** running this long sets the delay back to `first` */
  readonly resetAfter: number;
  /** the first respawn of a row comes at once, and `first` stands before the second: `respawn delay auto` */
  readonly firstAtOnce?: true;
}

/** How a job that runs is asked whether it is well. */
export type HealthProbe =
  | { readonly by: 'exec'; readonly command: CommandText }
  | { readonly by: 'http'; readonly host: string; readonly port: number; readonly path: string }
  | { readonly by: 'tcp'; readonly host: string; readonly port: number };

/** A directory that is there while the job runs. */
export interface RuntimeDirectory {
  /** an absolute path, or a name below /run (of an ordinary user: XDG_RUNTIME_DIR) */
  readonly path: string;
  /** in octal */
  readonly mode?: string;
}

/** Copies of a job that run beside each other. */
export interface Instances {
  /** `cpus`: as many as the machine has processors */
  readonly count: number | 'cpus';
  /** the number of the first one; default 1 */
  readonly first?: number;
}

/** One line of the `cgroup` stanza, in order. */
export interface CgroupSetting {
  readonly controller: string;
  readonly name?: string;
  readonly key?: string;
  readonly value?: string;
}

/** When a new log file is begun, whatever the size of the old one. */
export const LOG_PERIODS = ['hourly', 'daily', 'weekly', 'monthly'] as const;
export type LogPeriod = (typeof LOG_PERIODS)[number];

export interface JobClass {
  /** path below the configuration directory without extension: `net/apache` */
  readonly name: string;
  readonly source: { readonly path: string; readonly syntax: 'conf' | 'ini'; readonly override?: string };

  readonly description?: string;
  readonly author?: string;
  readonly version?: string;
  readonly usage?: string;

  readonly processes: Readonly<Partial<Record<ProcessName, CommandText>>>;
  readonly startOn?: ExpectedEvents;
  readonly stopOn?: ExpectedEvents;
  /** what becomes of an event for which a part of `start on` is true already; `first`, the default, is what Upstart does */
  readonly startMatches?: 'first' | 'all';

  /** `KEY=VALUE` literal, or `KEY` alone: copied from the supervisor's own environment */
  readonly env: readonly string[];
  /** absolute paths of files of variables; `-` before one that need not be there */
  readonly envFiles?: readonly string[];
  readonly export: readonly string[];
  readonly emits: readonly string[];
  readonly instance?: string;
  readonly instances?: Instances;

  readonly task?: true;
  readonly respawn?: true;
  /** default 10; 0 in either means unlimited; `unlimited` is stored as 0 and 0 */
  readonly respawnLimit?: number;
  /** the default depends on `respawnDelay` (respawnIntervalOf) */
  readonly respawnInterval?: number;
  readonly respawnDelay?: RespawnDelay;
  /** exit statuses as numbers, signals as names without SIG */
  readonly normalExit?: readonly (number | string)[];

  readonly expect?: Expect;
  readonly ready?: Ready;
  /** seconds */
  readonly startTimeout?: number;
  /** seconds a hook may take, by hook */
  readonly timeouts?: Readonly<Partial<Record<ProcessName, number>>>;
  readonly pidFile?: string;
  /** to whom main may hand off when it ends with status 0; `any` is the default */
  readonly handOff?: HandOff;
  /** seconds: main has to give a sign of life this often (`WATCHDOG=1` of sd_notify(3)) */
  readonly watchdog?: number;
  /** how many descriptors the job may have kept for its next start (`FDSTORE=1` of sd_notify(3)) */
  readonly fdStore?: number;
  readonly essential?: true;
  readonly health?: HealthProbe;
  /** seconds */
  readonly healthInterval?: number;
  readonly healthTimeout?: number;
  readonly healthStartPeriod?: number;
  /** checks in a row that fail until the job is unhealthy */
  readonly healthRetries?: number;
  /** what becomes of it then; the default depends on `respawn` */
  readonly healthAction?: 'restart' | 'mark';

  readonly killTimeout?: number;
  /**
   * name without SIG; a number, as text, where the signal has no name here: 37, and also 0, which Upstart takes and which
   * real job files use to say that they cannot reload (`reload signal 0`)
   */
  readonly killSignal?: string;
  readonly killMode?: KillMode;
  /** as killSignal */
  readonly reloadSignal?: string;

  readonly console?: Console;
  readonly consoleFormat?: 'prefix' | 'json';
  /** rotation of log files */
  readonly logSize?: number;
  readonly logCount?: number;
  readonly logPeriod?: LogPeriod;
  /** old files are compressed */
  readonly logCompress?: true;
  /** an absolute path, instead of a file in the log directory */
  readonly logFile?: string;
  /** stdout and stderr have files of their own */
  readonly logSplit?: true;

  readonly umask?: number;
  readonly nice?: number;
  readonly oomScoreAdj?: number;
  readonly limits?: Readonly<Record<string, Limit>>;
  readonly chroot?: string;
  readonly chdir?: string;
  readonly runtimeDirs?: readonly RuntimeDirectory[];
  readonly setuid?: string;
  readonly setgid?: string;
  /** HOME, USER, SHELL, LOGNAME with setuid; on in `.ini` */
  readonly userEnvironment?: boolean;
  readonly envInherit?: true;
  readonly apparmorSwitch?: string;
  readonly cgroup?: readonly CgroupSetting[];
  readonly debug?: true;
  /** times of crontab(5) */
  readonly schedule?: string;
  /** `manual` has the last word: no event and no time starts it */
  readonly manual?: true;
  /** sugar over events */
  readonly requires?: readonly string[];
  readonly after?: readonly string[];
}
