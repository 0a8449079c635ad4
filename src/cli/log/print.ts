/** Prints items of logs: as text, with times if wanted, or as JSON. */
import { describeStatus } from '../../kernel/process/signals.js';
import type { RunEvent } from '../../supervisor/output/log-index-format.js';
import { visibleJson } from '../../text/visible.js';
import { localTime } from '../format/time.js';
import type { Invocation } from '../invocation.js';
import type { SourceItem } from './job-log.js';

type SourceLine = Extract<SourceItem, { kind: 'line' }>;
type SourceRun = Extract<SourceItem, { kind: 'run' }>;

/** How much is written at a time, so that a million lines take some hundred writes. */
const BATCH = 64 * 1024;
const MANY = 1000;

interface PrintOptions {
  /** prefix each line with the name of its job */
  readonly named: boolean;
  readonly timestamps: boolean;
}

/** Prints items: `take` them all, then `flush`. */
export class LogPrinter {
  private batch: Buffer[] = [];
  private size = 0;
  private readonly isPlain: boolean;
  private json: string[] = [];
  private isoTime: { readonly time: number; readonly text: string } | undefined;
  private second: { readonly number: number; readonly text: string } | undefined;

  constructor(
    private readonly invocation: Invocation,
    private readonly options: PrintOptions,
  ) {
    // a program reads it: print the job's own bytes
    this.isPlain = !invocation.json && (invocation.raw || invocation.terminal.isTerminal !== true);
  }

  take(item: SourceItem): void {
    if (this.invocation.json) {
      this.json.push(item.kind === 'run' ? runAsJson(item) : this.lineAsJson(item));
      if (this.json.length >= MANY) this.flush();
    } else if (item.kind === 'run') {
      this.flush();
      this.invocation.print(`${this.prefix(item)}-- ${describeRun(item.event)} --`);
    } else if (this.isPlain) this.add(this.prefix(item), item.line);
    else this.invocation.printJobLine(this.prefix(item), item.line.toString('utf8'));
  }

  /** Prints a piece of one log unchanged; it consists of whole lines. */
  takePiece(piece: Buffer): void {
    this.flush();
    // the write may be buffered, but the piece is valid only now
    this.invocation.terminal.raw(Buffer.from(piece));
  }

  /** Tests whether lines are printed unchanged, so that they need not be looked at. */
  get takesPieces(): boolean {
    return this.isPlain && !this.options.named && !this.options.timestamps;
  }

  flush(): void {
    if (this.json.length > 0) this.invocation.terminal.raw(`${visibleJson(this.json.join('\n'))}\n`);
    this.json = [];
    if (this.size === 0) return;
    this.invocation.terminal.raw(Buffer.concat(this.batch, this.size));
    this.batch = [];
    this.size = 0;
  }

  /** Adds a copy of the line, whose bytes are valid only now. */
  private add(prefix: string, line: Buffer): void {
    const head = Buffer.byteLength(prefix);
    const length = head + line.length + 1;
    let buffer = this.batch.at(-1);
    if (buffer === undefined || this.size + length > buffer.length) {
      this.flush();
      buffer = Buffer.allocUnsafe(Math.max(BATCH, length));
      this.batch = [buffer];
    }
    if (head > 0) buffer.write(prefix, this.size);
    line.copy(buffer, this.size + head);
    buffer[this.size + length - 1] = 0x0a;
    this.size += length;
  }

  /** Returns the time as text, cached: most lines share the second of the line before. */
  private timeText(time: number | undefined): string {
    if (time === undefined) return '-'.padEnd(19);
    const number = Math.floor(time / 1000);
    if (this.second?.number !== number)
      this.second = { number, text: localTime(new Date(time).toISOString()) };
    return this.second.text;
  }

  /** Formats by hand: an object for each of a million lines would take three times as long. */
  private lineAsJson({ line, time, source }: SourceLine): string {
    const { title, stream } = source;
    const end = stream === undefined ? '}' : `,"stream":"${stream}"}`;
    return `{"job":${JSON.stringify(title)},"line":${JSON.stringify(line.toString('utf8'))}${this.jsonTime(time)}${end}`;
  }

  /** Returns the field with the time, cached: most lines share the time of the line before. */
  private jsonTime(time: number | undefined): string {
    if (time === undefined) return '';
    if (this.isoTime?.time !== time)
      this.isoTime = { time, text: `,"time":"${new Date(time).toISOString()}"` };
    return this.isoTime.text;
  }

  private prefix({ time, source }: SourceItem): string {
    const { named, timestamps } = this.options;
    const when = timestamps ? `${this.timeText(time)} ` : '';
    return named ? `${when}${source.title}: ` : when;
  }
}

export function describeRun(event: RunEvent): string {
  if (event.kind === 'started') return `started, pid ${event.pid}`;
  if (event.status === undefined) return 'ended with an unknown status';
  const ending = describeStatus(event.status);
  return 'signal' in ending ? `ended by ${ending.signal}` : `ended, status ${ending.status}`;
}

function runAsJson({ event, source, time }: SourceRun): string {
  const how =
    event.kind === 'started'
      ? { pid: event.pid }
      : event.status === undefined
        ? {}
        : describeStatus(event.status);
  return JSON.stringify({
    job: source.title,
    event: event.kind,
    ...how,
    time: new Date(time).toISOString(),
  });
}
