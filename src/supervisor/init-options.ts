/**
 * The options of `foster init`, from the command line and the environment, with all defaults filled in.
 * `cli/commands/init.ts` makes them, `init.ts` uses them.
 */
import type { SourceName } from '../tracker/sources/source.js';

/**
 * The role of foster, which decides how it treats signals and its own end: init of a container, parent of one
 * command, init of a machine, or an ordinary user's supervisor.
 */
export type InitMode = 'container' | 'command' | 'machine' | 'user';

/** Upstart's log priorities (initctl log-priority), least important first. */
export const LOG_PRIORITIES = ['debug', 'info', 'message', 'warn', 'error', 'fatal'] as const;
export type LogPriority = (typeof LOG_PRIORITIES)[number];

export interface InitOptions {
  readonly mode: InitMode;
  /** configuration directories, best first: the first one that has a name wins, as in Upstart */
  readonly confdirs: readonly string[];
  /** directory of the job files of `foster run`; undefined if there is no trusted run directory */
  readonly runJobs?: string;
  /** whether the user chose them, with --confdir or UPSTART_CONFDIR */
  readonly isConfdirNamed: boolean;
  readonly logdir: string;
  /** directory of the indexes of log files (`output/log-index-format.ts`) */
  readonly logIndex: string;
  readonly rundir: string;
  /** directory of data that outlive a reboot: which scheduled times have been handled */
  readonly statedir: string;
  /** path of the control socket */
  readonly socket: string;
  /** the event emitted at the start; undefined with `--no-startup-event` */
  readonly startupEvent: string | undefined;
  readonly tracker: 'auto' | SourceName;
  /** seconds that a whole shutdown may take; 8 by default, since `docker stop` kills after 10 */
  readonly stopBudget: number;
  /** COMMAND and its arguments, the essential job; absent unless `mode` is `command` */
  readonly command?: readonly string[];
  /** foster ends when COMMAND ends, even if COMMAND leaves processes behind */
  readonly noHandOff?: true;
  /** files of cgroup rules for the built-in rules job; absent without `--rules` */
  readonly rules?: readonly string[];
  /** jobs get foster's own environment instead of Upstart's small one */
  readonly inheritEnv: boolean;
  readonly logFormat: 'text' | 'json';
  readonly logPriority: LogPriority;
  /** default of the stanza `console` (Upstart's --default-console; --no-log means `none`) */
  readonly defaultConsole: 'log' | 'none' | 'output' | 'owner' | 'pty';
  /** the output of jobs goes to standard output, too, so that it is in the container's log */
  readonly logsToConsole?: boolean;
  /** control characters in the jobs' output go to a terminal unescaped */
  readonly raw?: boolean;
}

/** Returns the directories of job files: the configuration directories first, that of `foster run` last. */
export function jobDirectories({
  confdirs,
  runJobs,
}: Pick<InitOptions, 'confdirs' | 'runJobs'>): readonly string[] {
  return runJobs === undefined ? confdirs : [...confdirs, runJobs];
}
