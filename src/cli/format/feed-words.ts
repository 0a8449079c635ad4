/** Formats entries of `foster events` for people: the time, the job in a column, and a sentence. Pure. */
import type { FeedEntry } from '../../supervisor/api/feed.js';
import { counted } from '../../text/phrases.js';
import { quoteIfNeeded } from '../../tracker/event-fields.js';
import { entryTime, feedLine } from './feed.js';
import { joinStates } from './job-level.js';
import { jobTitle } from './status-line.js';
import { localTime } from './time.js';

type StateEntry = Extract<FeedEntry, { type: 'state' }>;
type VerdictEntry = Extract<FeedEntry, { type: 'verdict' }>;

/** What is not about one job stands under this name. */
const OWN = 'foster';

/** The column of jobs grows with their names up to this; the names are not known beforehand. */
const WIDEST = 24;

export class FeedWords {
  #width = 8;
  /** of each job */
  readonly #states = new Map<string, string>();
  /** a hand-off names the new main; the entry `main` that follows would repeat it */
  #handOff: VerdictEntry | undefined;

  /** Returns the lines of entries that came together. */
  lines(entries: readonly FeedEntry[]): readonly string[] {
    return joinStates(entries, { wholeRuns: false }).flatMap((entry) => this.#line(entry));
  }

  #line(entry: FeedEntry): readonly string[] {
    if (this.#repeatsHandOff(entry)) return [];
    const { job, instance = '' } = entry;
    const title = job === undefined ? OWN : jobTitle({ name: job, instance });
    const text = sentenceOf(entry);
    if (entry.type === 'state' && this.#repeatsState(title, text)) return [];
    this.#width = Math.max(this.#width, Math.min(title.length, WIDEST));
    return [`${entryTime(entry)}  ${title.padEnd(this.#width)}  ${text}`];
  }

  /** Tests whether the state is one of several that make up what was printed: a start, for instance. */
  #repeatsState(title: string, text: string): boolean {
    const before = this.#states.get(title);
    // the start of the next run is a part of a restart
    if (text === before || (text === STARTED && before === RESTARTED)) return true;
    this.#states.set(title, text);
    return false;
  }

  #repeatsHandOff(entry: FeedEntry): boolean {
    if (entry.type !== 'verdict') return false;
    const before = this.#handOff;
    this.#handOff = entry.verdict === 'hand-off' ? entry : undefined;
    return entry.verdict === 'main' && before?.to === entry.pid && before.job === entry.job;
  }
}

function sentenceOf(entry: FeedEntry): string {
  switch (entry.type) {
    case 'state':
      return stateSentence(entry);
    case 'verdict':
      return verdictSentence(entry);
    case 'event':
      return ['event', entry.name, ...entry.env].map(quoteIfNeeded).join(' ');
    case 'log':
      return LEVELS[entry.level] === undefined ? entry.text : `${LEVELS[entry.level]}: ${entry.text}`;
    case 'missed':
      return `${counted(entry.count, 'entry', 'entries')} missing here: read too slowly`;
    case 'history':
      return `entries before ${localTime(entry.from)} are no longer kept`;
    case 'process':
      return feedLine(entry).slice(entryTime(entry).length + 1);
  }
}

const LEVELS: Readonly<Record<string, string>> = { warn: 'warning', error: 'error', fatal: 'fatal' };

/** A state by itself: whether it belongs to a start, or to the end of a run, which is followed by the next one. */
function stateSentence({ to, goal }: StateEntry): string {
  if (to === 'running') return 'runs';
  if (to === 'waiting') return 'is stopped';
  if (!ENDING.includes(to)) return STARTED;
  return goal === 'stop' ? 'is being stopped' : RESTARTED;
}

const STARTED = 'is being started';
const RESTARTED = 'is being restarted';
const ENDING: readonly string[] = ['pre-stop', 'stopping', 'killed', 'post-stop'];

function verdictSentence({ verdict, pid, to, reason }: VerdictEntry): string {
  switch (verdict) {
    case 'main':
      return `main is process ${pid}: ${reason}`;
    case 'hand-off':
      return `main is process ${to ?? '(unknown)'} now, which process ${pid} handed off to: ${reason}`;
    case 'died':
      return `main process ${pid} has died: ${reason}`;
    case 'ended':
      return `main process ${pid} has ended: ${reason}`;
    case 'ambiguous':
      return `it is not certain which process is main after ${pid}: ${reason}`;
    case 'detached':
      return `process ${pid} is detached, a stop does not end it: ${reason}`;
    default:
      return `${verdict}, process ${pid}: ${reason}`;
  }
}
