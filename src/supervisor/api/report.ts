/** The supervisor's report about itself, and about the control groups of jobs. */
import type { SelfTest, SourceName } from '../../tracker/sources/source.js';
import type { TrackingCounts } from '../../tracker/live/reader.js';
import type { CommandAnswer } from './requests.js';
import type { Timestamp } from './job-status.js';
import type { JobUsage } from './usage.js';
import type { UnreadableDirectory } from '../config/job-files.js';

export interface SupervisorReport {
  readonly version: string;
  readonly pid: number;
  readonly since: Timestamp;
  readonly tracker: SourceName;
  /** events received, overflows and resynchronisations since the start */
  readonly counts: TrackingCounts;
  readonly sources: readonly { readonly name: SourceName; readonly test: SelfTest }[];
  readonly confdirs: readonly string[];
  /** an administrator named the directories: they may belong to another user */
  readonly isConfdirNamed: boolean;
  /** configuration directories, or directories in them, whose job files could not be read */
  readonly unreadable: readonly UnreadableDirectory[];
  readonly logdir: string;
  /** directory of the indexes of log files: when each line was written */
  readonly logIndex: string;
  readonly rundir: string;
}

/** Freezes and thaws jobs, and measures what they use (cgroup/group-commands.ts). */
export interface GroupApi {
  freeze(frozen: boolean, name: string, env: readonly string[], instance?: string): CommandAnswer;
  /** @param patterns globs; without any, all jobs */
  usage(patterns?: readonly string[]): Promise<readonly JobUsage[]>;
}
