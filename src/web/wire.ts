/**
 * Messages between the server of `foster web` and its page. Types only: the page is compiled for the browser,
 * without any other module of foster.
 * All times are milliseconds since 1970. All text is plain text with control characters escaped.
 */

/** Names a job. */
export interface JobId {
  readonly name: string;
  readonly instance: string;
}

/** The meaning of a condition at a glance. */
export type Tone = 'good' | 'busy' | 'bad' | 'idle';

/** One run of a main process. */
export interface RunView {
  readonly pid: number;
  readonly since: number;
  /** null while it runs */
  readonly until: number | null;
  readonly outcome: 'runs' | 'stopped' | 'finished' | 'respawned' | 'failed';
  /** `status 1`, `signal SEGV`; empty while it runs */
  readonly end: string;
}

export interface JobView extends JobId {
  /** name and instance for display: `web (1)`; unique */
  readonly title: string;
  readonly description: string;
  /** `running`, `backing off`, … as in `foster list` */
  readonly condition: string;
  readonly tone: Tone;
  /** why, in a few words; may be empty */
  readonly reason: string;
  readonly upSince: number | null;
  readonly main: number | null;
  readonly respawns: number;
  /** oldest first */
  readonly runs: readonly RunView[];
}

/** The text of `foster why`, and the job's file. */
interface JobStory {
  readonly sentences: readonly string[];
  readonly file: string | null;
}

/** What a job used at one moment: CPU in percent (200 means two CPUs) and bytes. Null: not known. */
export type UsagePoint = readonly [at: number, cpu: number | null, memory: number];

/** An entry of the feed as a line of text. */
export interface EntryView {
  readonly at: number;
  /** title of the job; empty if it concerns no job */
  readonly job: string;
  /** `state`, `hand-off`, `fork`, … */
  readonly kind: string;
  readonly text: string;
  readonly tone: Tone;
}

export interface ProcessView {
  readonly pid: number;
  readonly command: string;
  readonly role: string;
  readonly session: number;
  readonly children: readonly ProcessView[];
}

/** A line of a log or, with `run`, a mark where a run began or ended. */
export interface LogLine {
  readonly at: number | null;
  readonly text: string;
  readonly stream: 'out' | 'err' | 'run';
}

/** Messages of `GET /api/stream`, one per line. */
export type StreamMessage =
  /** the first message */
  | {
      readonly kind: 'hello';
      readonly host: string;
      readonly version: string;
      readonly now: number;
      /** how long usage is kept, in milliseconds */
      readonly window: number;
      readonly mayAct: boolean;
    }
  /**
   * whether foster answers, and if not, why; `isOwner`: whether foster shows this user logs, trees and events
   */
  | { readonly kind: 'foster'; readonly isUp: boolean; readonly isOwner: boolean; readonly message: string }
  /** with `isAll` every job, otherwise those that changed */
  | { readonly kind: 'jobs'; readonly isAll: boolean; readonly jobs: readonly JobView[] }
  | { readonly kind: 'usage-history'; readonly usage: Readonly<Record<string, readonly UsagePoint[]>> }
  | {
      readonly kind: 'usage';
      readonly at: number;
      readonly usage: Readonly<Record<string, readonly [cpu: number | null, memory: number]>>;
    }
  | { readonly kind: 'entries'; readonly entries: readonly EntryView[] }
  /** of the job that the page shows */
  | { readonly kind: 'processes'; readonly roots: readonly ProcessView[] }
  /** `left` more were too many to show */
  | { readonly kind: 'process-entries'; readonly entries: readonly EntryView[]; readonly left: number }
  | { readonly kind: 'story'; readonly story: JobStory }
  | { readonly kind: 'log'; readonly lines: readonly LogLine[]; readonly isFirst: boolean }
  | { readonly kind: 'log-fault'; readonly message: string }
  /** the page read too slowly, so what it shows is out of date (control/server/event-stream.ts) */
  | { readonly type: 'missed'; readonly count: number };

/** The answer of `GET /api/log`. */
export interface LogSearch {
  readonly lines: readonly LogLine[];
  /** number of matching lines, of which `lines` has the last ones */
  readonly found: number;
  /** the search ended before it had read everything */
  readonly isCut: boolean;
}

/** The body of `POST /api/act`. */
export interface ActionRequest extends JobId {
  readonly action: ActionName;
  /** of `signal`: `HUP` */
  readonly signal?: string;
}

export type ActionName = 'start' | 'stop' | 'restart' | 'reload' | 'reset-failed' | 'signal';

export interface ActionAnswer {
  readonly ok: boolean;
  readonly message: string;
  /** the job's last lines, if it failed */
  readonly output: readonly string[];
}

/** The body of every error. */
export interface WebError {
  readonly error: string;
}
