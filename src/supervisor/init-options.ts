/**
 * What `foster init` was asked for, after the command line and the environment have been read and every default has been
 * filled in. `cli/commands/init.ts` makes it, `init.ts` runs it.
 */
import type { SourceName } from '../tracker/sources/source.js';

/**
 * How foster treats signals and its end (DESIGN section 8): as the init of a container, as the parent of one command, as
 * the init of a machine, or as an ordinary user's supervisor.
 */
export type InitMode = 'container' | 'command' | 'machine' | 'user';

/** Upstart's log priorities (initctl log-priority), least important first. */
export const LOG_PRIORITIES = ['debug', 'info', 'message', 'warn', 'error', 'fatal'] as const;
export type LogPriority = (typeof LOG_PRIORITIES)[number];

export interface InitOptions {
  readonly mode: InitMode;
  /** configuration directories, best first (Upstart section 1.1: the first that has a name wins) */
  readonly confdirs: readonly string[];
  /** where the files of `foster run` are; undefined as long as there is no run directory that can be trusted */
  readonly runJobs?: string;
  /** by --confdir or UPSTART_CONFDIR; otherwise they are those where foster looks by itself */
  readonly isConfdirNamed: boolean;
  readonly logdir: string;
  /** directory of the times of log lines (`output/log-index-format.ts`) */
  readonly logIndex: string;
  readonly rundir: string;
  /** path of the control socket */
  readonly socket: string;
  /** the event emitted once at the start; undefined with `--no-startup-event` */
  readonly startupEvent: string | undefined;
  readonly tracker: 'auto' | SourceName;
  /** seconds that a shutdown may take as a whole; `docker stop` gives 10, so that 8 leave room for the end itself */
  readonly stopBudget: number;
  /** COMMAND and its arguments, run as the essential job; absent unless `mode` is `command` */
  readonly command?: readonly string[];
  /** whatever COMMAND leaves behind, its end is the end */
  readonly noHandOff?: true;
  /** files of cgroup rules that the built-in job carries out; absent without `--rules` */
  readonly rules?: readonly string[];
  /** jobs get foster's own environment instead of Upstart's small one */
  readonly inheritEnv: boolean;
  readonly logFormat: 'text' | 'json';
  readonly logPriority: LogPriority;
  /** the `console` of jobs that do not say (Upstart's --default-console; --no-log means `none`) */
  readonly defaultConsole: 'log' | 'none' | 'output' | 'owner' | 'pty';
  /** what jobs log goes to standard output as well, since a container's log is what people look at */
  readonly logsToConsole?: boolean;
  /** control characters that jobs write go to a terminal as they are */
  readonly raw?: boolean;
}

/** Where job files are looked for: the configuration directories, and then that of `foster run`, which none of them gives way to. */
export function jobDirectories({
  confdirs,
  runJobs,
}: Pick<InitOptions, 'confdirs' | 'runJobs'>): readonly string[] {
  return runJobs === undefined ? confdirs : [...confdirs, runJobs];
}
