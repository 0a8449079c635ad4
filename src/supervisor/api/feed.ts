import type { ProcessEvent } from '../../tracker/events.js';
import type { State, Goal } from '../core/contract.js';
import type { Timestamp } from './job-status.js';

/** One line of `foster events --json`. */
export type FeedEntry = {
  readonly at: Timestamp;
  readonly job?: string;
  readonly instance?: string;
} & (
  | { readonly type: 'event'; readonly name: string; readonly env: readonly string[] }
  | { readonly type: 'state'; readonly from: State; readonly to: State; readonly goal: Goal }
  | {
      readonly type: 'verdict';
      readonly verdict: string;
      readonly pid: number;
      /** `hand-off`: who is main now */
      readonly to?: number;
      readonly reason: string;
    }
  | { readonly type: 'process'; readonly event: ProcessEvent }
  | { readonly type: 'log'; readonly level: string; readonly text: string }
  /** the reader was too slow, so this many entries were dropped here */
  | { readonly type: 'missed'; readonly count: number }
  /** with `since`: the history starts here; `forgotten` earlier entries are no longer kept */
  | { readonly type: 'history'; readonly from: Timestamp; readonly forgotten: number }
);

export interface FeedFilter {
  /** a glob */
  readonly job?: string;
  /** types of entries, process events or verdicts */
  readonly types?: readonly string[];
  /** first send the entries kept since this time (milliseconds since 1970) */
  readonly since?: number;
  /** process events of the whole machine instead of those of jobs; needs the tracker `connector` */
  readonly machine?: boolean;
}
