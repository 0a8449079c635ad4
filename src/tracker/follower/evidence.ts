import type { Occupation } from '../../kernel/kernel.js';
import type { UnrelatedProcess } from './attachment.js';
import type { Image, Process } from '../model.js';

/** The process that the job's PID file names when main has ended. */
export type PidFileTarget =
  /** a living process of the job's lineage */
  | { readonly kind: 'process'; readonly process: Process }
  | { readonly kind: 'stranger'; readonly stranger: UnrelatedProcess }
  /** none yet: the file is empty, or still names the main that has ended */
  | { readonly kind: 'soon'; readonly why: 'empty' | 'stale' };

/**
 * What the follower looks up at the moment of a decision, in addition to the events. Live, the answers come
 * from /proc; for a recorded trace, they are what /proc would have shown. Answers describe the present;
 * nothing here waits.
 */
export interface Evidence {
  /**
   * whether it is neither gone nor a zombie; an exit event may arrive later than that (DESIGN section 3,
   * order of evidence 2)
   */
  isAlive(process: Process): boolean;
  /** its session id; undefined if it is gone */
  sessionOf(pid: number): number | undefined;
  /** the program that a living process runs, perhaps its process title; undefined if unknown */
  programOf?(process: Process): Pick<Image, 'argv' | 'executable'> | undefined;
  /**
   * what a living process is doing; undefined if unknown
   * @param other its descendant: what both hold open does not count as the first one's own
   */
  activityOf?(process: Process, other: Process): Occupation | undefined;
  /** its children at this moment, zombies included; the events of the latest may not have been read */
  childrenOf?(process: Process): readonly number[];
  /** whether a pending signal will end it before it runs again, or its tracer's end has already done so */
  isBeingKilled?(process: Process): boolean;
  /** the process that the PID file names; undefined if the job has no PID file, or the file names none */
  namedByPidFile?(run: { readonly main: Process }): PidFileTarget | undefined;
  /**
   * whether foster has children that no lineage knows and that are younger than this launcher; used where
   * events may be missing
   */
  hasNewChildren?(launcher: Process): boolean;
}
