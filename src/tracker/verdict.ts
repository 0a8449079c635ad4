import type { Nanoseconds } from './events.js';

interface VerdictBase {
  /** the job's key, as given to `launch` */
  readonly job: string;
  readonly time: Nanoseconds;
  /** why, for people */
  readonly reason: string;
}

/** What the follower concludes. Every change of main is a verdict; nothing is concluded twice. */
export type Verdict =
  /** main is `pid` from now on: the launcher at first, then whoever a hand-off names */
  | (VerdictBase & { readonly verdict: 'main'; readonly pid: number })
  /** `pid` has ended, or was left, and `to` is main after it; a `main` verdict follows */
  | (VerdictBase & {
      readonly verdict: 'hand-off';
      readonly pid: number;
      readonly to: number;
      /** `to` is of no lineage: the job's PID file names it */
      readonly attached?: true;
    })
  /** main has ended unasked with a status other than 0 */
  | (VerdictBase & {
      readonly verdict: 'died';
      readonly pid: number;
      /** undefined: unknown */
      readonly status: number | undefined;
      /** it ended while foster was not running */
      readonly unseen?: true;
      /** processes that may have taken over, and may not: nothing tells */
      readonly unclear?: readonly number[];
      /** why whom the job's PID file names has not become main, in words */
      readonly refused?: string;
    })
  /** main has ended as asked, or with status 0 and nobody to take over */
  | (VerdictBase & {
      readonly verdict: 'ended';
      readonly pid: number;
      readonly status: number | undefined;
      readonly unseen?: true;
      /** why whom the job's PID file names has not become main, in words */
      readonly refused?: string;
    })
  /** main is `pid`, but the evidence for the others is as good */
  | (VerdictBase & {
      readonly verdict: 'ambiguous';
      readonly pid: number;
      readonly candidates: readonly number[];
    })
  /** `pid` left the job's sessions: it outlives a stop and a restart */
  | (VerdictBase & { readonly verdict: 'detached'; readonly pid: number });
