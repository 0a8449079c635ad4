/** Formats entries of the feed as lines for the page. Pure. */
import type { FeedEntry } from '../../supervisor/api/feed.js';
import type { ProcessEvent } from '../../tracker/events.js';
import { quoteIfNeeded, eventFields, eventLabel } from '../../tracker/event-fields.js';
import { describeStatus } from '../../kernel/process/signals.js';
import { visibleCell } from '../../text/visible.js';
import type { EntryView, Tone } from '../wire.js';
import { titleOf } from './job-view.js';

interface Content {
  readonly kind: string;
  readonly text: string;
  readonly tone: Tone;
}

/** Arguments may have megabytes. */
const LONGEST_TEXT = 1000;

export function entryView(entry: FeedEntry): EntryView {
  const { kind, text, tone } = contentOf(entry);
  const { job = '', instance = '' } = entry;
  return {
    at: Date.parse(entry.at),
    job: titleOf({ name: job, instance }),
    kind,
    text: visibleCell(text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text),
    tone,
  };
}

function contentOf(entry: FeedEntry): Content {
  switch (entry.type) {
    case 'event':
      return { kind: 'event', text: [entry.name, ...entry.env.map(quoteIfNeeded)].join(' '), tone: 'idle' };
    case 'state':
      return {
        kind: 'state',
        text: `${entry.from} → ${entry.to}`,
        tone: entry.to === 'running' ? 'good' : entry.to === 'waiting' ? 'idle' : 'busy',
      };
    case 'verdict':
      return verdictContent(entry);
    case 'process':
      return processContent(entry.event);
    case 'log':
      return {
        kind: entry.level === 'message' ? 'log' : entry.level,
        text: entry.text,
        tone: entry.level === 'message' ? 'idle' : entry.level === 'warn' ? 'busy' : 'bad',
      };
    case 'missed':
      return { kind: 'missed', text: `${entry.count} entries are missing here`, tone: 'bad' };
    case 'history':
      return { kind: 'history', text: `${entry.forgotten} earlier entries are forgotten`, tone: 'idle' };
  }
}

function verdictContent({ verdict, pid, to, reason }: Extract<FeedEntry, { type: 'verdict' }>): Content {
  const who = to === undefined ? `${pid}` : `${pid} → ${to}`;
  const tone = verdict === 'died' ? 'bad' : verdict === 'main' || verdict === 'hand-off' ? 'good' : 'busy';
  return { kind: verdict, text: reason === '' ? who : `${who}: ${reason}`, tone };
}

function processContent(event: ProcessEvent): Content {
  const kind = eventLabel(event.type);
  switch (event.type) {
    case 'fork':
      return { kind, text: `${event.parent} created ${event.child}`, tone: 'good' };
    case 'exec':
      return { kind, text: `${event.pid} runs ${program(event)}`, tone: 'idle' };
    case 'sid':
      return { kind, text: `${event.pid} leads a session of its own`, tone: 'busy' };
    case 'exit':
      return { kind, text: `${event.pid} ended${ending(event.status)}`, tone: 'idle' };
    case 'adopted':
      return { kind, text: `${event.pid}: its parent ${event.formerParent} has ended`, tone: 'busy' };
    case 'uid':
    case 'gid':
    case 'comm':
    case 'ptrace':
    case 'coredump':
    case 'namespace':
    case 'overflow': {
      const fields = eventFields(event).map(([name, value]) => `${name}=${value}`);
      return { kind, text: fields.join(' '), tone: event.type === 'overflow' ? 'bad' : 'idle' };
    }
  }
}

function program({ argv, executable }: Extract<ProcessEvent, { type: 'exec' }>): string {
  if (argv !== undefined && argv.length > 0) return argv.map(quoteIfNeeded).join(' ');
  return executable ?? 'another program';
}

function ending(status: number | undefined): string {
  if (status === undefined) return '';
  const described = describeStatus(status);
  return 'status' in described ? ` with status ${described.status}` : ` by signal ${described.signal}`;
}
