import type { Occupation } from '../kernel/kernel.js';
import type { Image, Process } from './lineage.js';

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
  occupationOf?(process: Process, other: Process): Occupation | undefined;
}
