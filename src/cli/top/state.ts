/** What `foster top` shows, and how keys change it. Pure. */
import type { JobUsage } from '../../supervisor/api/usage.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { conditionOf, CONDITIONS, TROUBLE, upSince } from '../format/condition.js';
import { jobTitle } from '../format/status-line.js';
import { shareOf, type UsageSample } from '../format/usage.js';
import type { JobFacts } from '../job-facts.js';
import type { Key } from './keys.js';

export interface TopJob {
  readonly title: string;
  readonly job: JobStatus;
  readonly usage: JobUsage | undefined;
  /** percent of a CPU since the last refresh */
  readonly share: number | undefined;
}

type Sort = 'cpu' | 'memory' | 'name' | 'uptime' | 'restarts' | 'state';

type Verb = 'start' | 'stop' | 'restart';

/** The current meaning of keys. */
type Mode =
  | { readonly kind: 'list' }
  | { readonly kind: 'filter' }
  | { readonly kind: 'help' }
  | { readonly kind: 'confirm'; readonly action: Action }
  /** the name of the signal is being typed */
  | { readonly kind: 'signal'; readonly job: TopJob; readonly text: string };

export type Action =
  | { readonly kind: 'command'; readonly verb: Verb; readonly job: TopJob }
  | { readonly kind: 'signal'; readonly signal: string; readonly job: TopJob };

export interface TopState {
  readonly jobs: readonly TopJob[];
  readonly sort: Sort;
  readonly filter: string;
  /** title of the job under the cursor */
  readonly selected: string | undefined;
  /** show the pane, with the job's processes and last lines, below the list */
  readonly pane: boolean;
  readonly facts: JobFacts | undefined;
  readonly mode: Mode;
  /** result of the last action */
  readonly message: string;
}

export const FIRST_STATE: TopState = {
  jobs: [],
  sort: 'cpu',
  filter: '',
  selected: undefined,
  pane: false,
  facts: undefined,
  mode: { kind: 'list' },
  message: '',
};

export function withSample(
  state: TopState,
  statuses: readonly JobStatus[],
  now: UsageSample,
  before: UsageSample | undefined,
): TopState {
  const usages = new Map(now.jobs.map((usage) => [jobTitle(usage), usage]));
  const jobs = statuses.map((job): TopJob => {
    const title = jobTitle(job);
    const usage = usages.get(title);
    return { title, job, usage, share: usage && shareOf(usage, now, before) };
  });
  return withSelection({ ...state, jobs });
}

/** Returns the jobs that are listed, in order. */
export function listed({ jobs, sort, filter }: TopState): readonly TopJob[] {
  const wanted = filter.toLowerCase();
  return jobs
    .filter(({ title, job }) => title.toLowerCase().includes(wanted) || conditionOf(job) === wanted)
    .sort((one, other) => compare(one, other, sort) || (one.title < other.title ? -1 : 1));
}

/** Compares jobs by the sort key, the largest first. */
function compare(one: TopJob, other: TopJob, sort: Sort): number {
  const by = (value: (job: TopJob) => number): number => value(other) - value(one);
  switch (sort) {
    case 'cpu':
      return by(({ share }) => share ?? -1) || by(({ usage }) => usage?.memory ?? -1);
    case 'memory':
      return by(({ usage }) => usage?.memory ?? -1);
    case 'name':
      return 0;
    case 'uptime':
      return by(({ job }) => -(upSince(job) ?? Infinity));
    case 'restarts':
      return by(({ job }) => job.respawns);
    case 'state':
      // those that need attention
      return by(({ job }) => trouble(job)) || by(({ job }) => -CONDITIONS.indexOf(conditionOf(job)));
  }
}

function trouble(job: JobStatus): number {
  return TROUBLE.includes(conditionOf(job)) ? 1 : 0;
}

export function selectedJob(state: TopState): TopJob | undefined {
  return state.jobs.find(({ title }) => title === state.selected);
}

/** Moves the cursor when its job is gone or no longer listed. */
function withSelection(state: TopState): TopState {
  const shown = listed(state);
  if (shown.some(({ title }) => title === state.selected)) return state;
  return { ...state, selected: shown[0]?.title, facts: undefined };
}

function moved(state: TopState, by: number): TopState {
  const shown = listed(state);
  const at = shown.findIndex(({ title }) => title === state.selected);
  const to = Math.min(shown.length - 1, Math.max(0, at + by));
  return { ...state, selected: shown[to]?.title, facts: undefined };
}

/** The result of a key. */
interface Pressed {
  readonly state: TopState;
  readonly act?: Action;
  readonly quit?: true;
}

/**
 * Handles a key.
 * @param page how many jobs the list has room for
 */
export function pressed(state: TopState, key: Key, page: number): Pressed {
  if (key.kind === 'interrupt') return { state, quit: true };
  switch (state.mode.kind) {
    case 'list':
      return key.kind === 'text' ? letter(state, key.text) : { state: movement(state, key.kind, page) };
    case 'help':
      return { state: inList(state) };
    case 'filter':
      return { state: filtering(state, key) };
    case 'confirm':
      return key.kind === 'text' && key.text.toLowerCase() === 'y'
        ? { state: inList(state), act: state.mode.action }
        : { state: { ...inList(state), message: 'nothing was done' } };
    case 'signal':
      return { state: typing(state, state.mode, key) };
  }
}

function inList(state: TopState): TopState {
  return { ...state, mode: { kind: 'list' } };
}

const SORT_KEYS: Readonly<Record<string, Sort>> = {
  c: 'cpu',
  m: 'memory',
  n: 'name',
  u: 'uptime',
  t: 'restarts',
  f: 'state',
};

const VERB_KEYS: Readonly<Record<string, Verb>> = { s: 'start', x: 'stop', r: 'restart' };

function letter(state: TopState, text: string): Pressed {
  const [sort, verb, job] = [SORT_KEYS[text], VERB_KEYS[text], selectedJob(state)];
  if (text === 'q') return { state, quit: true };
  if (text === 'j' || text === 'k') return { state: moved(state, text === 'j' ? 1 : -1) };
  if (text === '/') return { state: { ...state, mode: { kind: 'filter' }, message: '' } };
  if (text === '?' || text === 'h') return { state: { ...state, mode: { kind: 'help' } } };
  if (sort !== undefined) return { state: { ...state, sort, message: '' } };
  if (job === undefined) return { state };
  if (verb !== undefined)
    return { state: { ...state, mode: { kind: 'confirm', action: { kind: 'command', verb, job } } } };
  if (text === 'K') return { state: { ...state, mode: { kind: 'signal', job, text: '' } } };
  return { state };
}

function movement(state: TopState, kind: Exclude<Key['kind'], 'text'>, page: number): TopState {
  switch (kind) {
    case 'up':
      return moved(state, -1);
    case 'down':
      return moved(state, 1);
    case 'page-up':
      return moved(state, -page);
    case 'page-down':
      return moved(state, page);
    case 'home':
      return moved(state, -Infinity);
    case 'end':
      return moved(state, Infinity);
    case 'enter':
      return { ...state, pane: !state.pane, facts: undefined };
    case 'escape':
      return withSelection({ ...state, filter: '', pane: false, message: '' });
    case 'backspace':
    case 'interrupt':
      return state;
  }
}

function filtering(state: TopState, key: Key): TopState {
  if (key.kind === 'enter') return inList(state);
  if (key.kind === 'escape') return withSelection({ ...inList(state), filter: '' });
  if (key.kind === 'text') return withSelection({ ...state, filter: state.filter + key.text });
  return key.kind === 'backspace' ? withSelection({ ...state, filter: state.filter.slice(0, -1) }) : state;
}

function typing(state: TopState, mode: Extract<Mode, { kind: 'signal' }>, key: Key): TopState {
  if (key.kind === 'escape') return { ...inList(state), message: 'nothing was done' };
  if (key.kind === 'text') return { ...state, mode: { ...mode, text: mode.text + key.text.toUpperCase() } };
  if (key.kind === 'backspace') return { ...state, mode: { ...mode, text: mode.text.slice(0, -1) } };
  if (key.kind !== 'enter' || mode.text === '') return state;
  const action = { kind: 'signal', signal: mode.text, job: mode.job } as const;
  return { ...state, mode: { kind: 'confirm', action } };
}
