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
  /** main is `pid` from now on: first the launcher, then the target of each hand-off */
  | (VerdictBase & { readonly verdict: 'main'; readonly pid: number })
  /** `pid` has ended, or has been replaced, and `to` is its successor; a `main` verdict follows */
  | (VerdictBase & {
      readonly verdict: 'hand-off';
      readonly pid: number;
      readonly to: number;
      /** `to` is outside the lineage: the job's PID file names it */
      readonly attached?: true;
    })
  /** main has ended unrequested with a status other than 0 */
  | (VerdictBase & {
      readonly verdict: 'died';
      readonly pid: number;
      /** undefined: unknown */
      readonly status: number | undefined;
      /** it ended while foster was not running */
      readonly unseen?: true;
      /** processes that may have taken over, without proof */
      readonly unclear?: readonly number[];
      /** why the process named by the job's PID file has not become main */
      readonly refused?: string;
    })
  /** main has ended as requested, or with status 0 and without a successor */
  | (VerdictBase & {
      readonly verdict: 'ended';
      readonly pid: number;
      readonly status: number | undefined;
      readonly unseen?: true;
      /** why the process named by the job's PID file has not become main */
      readonly refused?: string;
    })
  /** main is `pid`, but the evidence for the other candidates is equally good */
  | (VerdictBase & {
      readonly verdict: 'ambiguous';
      readonly pid: number;
      readonly candidates: readonly number[];
    })
  /** `pid` left the job's sessions: it outlives a stop and a restart */
  | (VerdictBase & { readonly verdict: 'detached'; readonly pid: number });
