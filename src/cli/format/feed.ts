/**
 * Formats lines of `foster events` for programs; feed-words.ts does so for people. The form is stable and documented (docs/events.md): the time, the type, a
 * colon, and fields `name=value`, of which the last may have any length.
 */
import type { FeedEntry } from '../../supervisor/api/feed.js';
import { quoteIfNeeded, eventFields, eventLabel, type EventField } from '../../tracker/event-fields.js';
import { clockTime } from './time.js';

interface FeedLineOptions {
  /** show the kernel's order: cpu, sequence number and nanoseconds */
  readonly verbose: boolean;
}

/** Returns one line, for instance `12:30:01.250 fork: ppid=696 pid=858 job=sshd`. */
export function feedLine(entry: FeedEntry, { verbose }: FeedLineOptions = { verbose: false }): string {
  const { word, fields, rest = [] } = contentOf(entry);
  const all = [...fields, ...jobFields(entry), ...(verbose ? originFields(entry) : []), ...rest];
  const text = all.map(([name, value]) => `${name}=${value}`);
  return `${entryTime(entry)} ${[`${word}:`, ...text].join(' ')}`;
}

/** Returns the local time with milliseconds: `12:30:01.250`. */
export function entryTime({ at }: FeedEntry): string {
  const millis = at.slice(19, 23); // the fraction is the same in every time zone
  return `${clockTime(at)}${millis}`;
}

interface Content {
  readonly word: string;
  readonly fields: readonly EventField[];
  /** the last field, which may contain spaces */
  readonly rest?: readonly EventField[];
}

function contentOf(entry: FeedEntry): Content {
  switch (entry.type) {
    case 'event':
      return {
        word: 'event',
        fields: [['name', quoteIfNeeded(entry.name)]],
        rest: entry.env.length === 0 ? [] : [['env', entry.env.map(quoteIfNeeded).join(' ')]],
      };
    case 'state':
      return {
        word: 'state',
        fields: [
          ['from', entry.from],
          ['to', entry.to],
          ['goal', entry.goal],
        ],
      };
    case 'verdict':
      return {
        word: entry.verdict,
        fields: [['pid', entry.pid], ...(entry.to === undefined ? [] : [['to', entry.to] as const])],
        rest: [['reason', entry.reason]],
      };
    case 'process':
      return processContent(entry);
    case 'log':
      return { word: 'log', fields: [['level', entry.level]], rest: [['text', entry.text]] };
    case 'missed':
      return { word: 'missed', fields: [['count', entry.count]] };
    case 'history':
      return {
        word: 'history',
        fields: [
          ['from', entry.from],
          ['forgotten', entry.forgotten],
        ],
      };
  }
}

function processContent({ event }: Extract<FeedEntry, { type: 'process' }>): Content {
  const fields = eventFields(event).map(([name, value]): EventField => [name, inOneLine(name, value)]);
  const isLong = ([name]: EventField): boolean => name === 'args';
  return {
    word: eventLabel(event.type),
    fields: fields.filter((field) => !isLong(field)),
    rest: fields.filter(isLong),
  };
}

/** Quotes a value if needed; arguments are quoted word by word already. */
function inOneLine(name: string, value: string | number): string | number {
  return typeof value === 'number' || name === 'args' ? value : quoteIfNeeded(value);
}

function jobFields({ job, instance }: FeedEntry): readonly EventField[] {
  if (job === undefined) return [];
  return [['job', quoteIfNeeded(job)], ...(instance ? [['instance', quoteIfNeeded(instance)] as const] : [])];
}

function originFields(entry: FeedEntry): readonly EventField[] {
  if (entry.type !== 'process') return [];
  const { cpu, sequence, time } = entry.event;
  return [
    ...(cpu === undefined ? [] : [['cpu', cpu] as const]),
    ...(sequence === undefined ? [] : [['seq', sequence] as const]),
    ['time', time],
  ];
}
