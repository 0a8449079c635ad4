import type { Occupation } from '../../kernel/kernel.js';
import type { UnrelatedProcess } from './attachment.js';
import type { Image, Process } from '../model.js';

/** Whom the job's PID file names, when main has ended. */
export type PidFileTarget =
  /** a living process of the job's lineage */
  | { readonly kind: 'process'; readonly process: Process }
  | { readonly kind: 'stranger'; readonly stranger: UnrelatedProcess }
  /** nobody yet: it is empty, or still names the main that has ended */
  | { readonly kind: 'soon'; readonly why: 'empty' | 'stale' };

/**
 * What the follower asks beside the events, at the moment of a decision. Live it is /proc; for a recorded trace it is
 * what /proc would have said. Answers are facts about now; nothing here waits.
 */
export interface Evidence {
  /** neither gone nor a zombie; an exit event may come later than the death (DESIGN section 3, order of evidence 2) */
  isAlive(process: Process): boolean;
  /** session id, undefined when the process is gone */
  sessionOf(pid: number): number | undefined;
  /** what a living process runs, its title perhaps; undefined where that cannot be had */
  programOf?(process: Process): Pick<Image, 'argv' | 'executable'> | undefined;
  /**
   * what a living process is busy with; undefined where that cannot be told
   * @param other its descendant: what both of them hold is not the first one's own
   */
  activityOf?(process: Process, other: Process): Occupation | undefined;
  /** a signal is pending that will end the process before it runs again, or its tracer's end has done so */
  isBeingKilled?(process: Process): boolean;
  /** undefined where the job has no PID file, or it says nothing */
  namedByPidFile?(run: { readonly main: Process }): PidFileTarget | undefined;
  /** foster has children that no lineage knows and that are younger than this launcher: asked where events may be missing */
  hasNewChildren?(launcher: Process): boolean;
}
