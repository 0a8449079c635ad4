/** Iterates over a log: lines with their times, and marks where runs of the job began and ended. */
import type { RunEvent } from '../../supervisor/output/log-index-format.js';
import type { LogPart } from './log-part.js';
import type { PartRange } from './range.js';

export type LogItem =
  /** without its newline; the bytes are valid until the next item */
  | { readonly kind: 'line'; readonly time: number | undefined; readonly line: Buffer }
  | { readonly kind: 'run'; readonly time: number; readonly event: RunEvent };

const NEWLINE = 0x0a;
const BLOCK = 256 * 1024;
const LINE_END = Buffer.from('\n');

export interface ItemsOptions {
  /** include a last line without a newline; otherwise it is left for the follower */
  readonly unfinished: boolean;
  /** skip most lines in whose bytes, read as Latin-1, this matches nowhere; it has the flag `g` */
  readonly required?: RegExp | undefined;
}

/**
 * Yields the lines and runs of a part of a log, in order.
 * @returns the position from which the next call would continue
 */
export function* itemsOf(
  { part, start, end }: PartRange,
  { unfinished, required }: ItemsOptions,
): Generator<LogItem, number> {
  const times = new Times(part, start);
  let block = Buffer.allocUnsafe(BLOCK);
  let held = 0;
  let position = start;
  while (position + held < end) {
    if (held === block.length) block = Buffer.concat([block], block.length * 2);
    const most = Math.min(block.length - held, end - position - held);
    const count = part.read(block.subarray(held, held + most), position + held);
    if (count === 0) break;
    const length = held + count;
    // the bytes after the last line end are looked at when the rest of the line is there
    const whole = block.lastIndexOf(NEWLINE, length - 1) + 1;
    const skip = required === undefined ? undefined : skipping(block.subarray(0, whole), required);
    let from = skip?.(0) ?? 0;
    while (from < whole) {
      const at = block.indexOf(NEWLINE, from);
      // a generator call for each of a million lines would double the time
      if (times.isDue(position + from)) yield* times.before(position + from);
      yield { kind: 'line', time: times.now, line: block.subarray(from, at) };
      from = skip?.(at + 1) ?? at + 1;
    }
    block.copyWithin(0, whole, length);
    held = length - whole;
    position += whole;
  }
  if (held > 0 && unfinished) {
    yield* times.before(position);
    yield { kind: 'line', time: times.now, line: block.subarray(0, held) };
    position += held;
  }
  if (position >= end) yield* times.before(end);
  return position;
}

/** If so many lines in a row match, there is nothing to skip, and the search only costs time. */
const MOST_IN_A_ROW = 100;

/**
 * Returns a function that returns the start of a line, from this start of a line on: the lines before it do
 * not match the expression. It returns the end of the block if none is left.
 */
function skipping(block: Buffer, required: RegExp): (from: number) => number {
  const text = block.toString('latin1');
  let inARow = 0;
  return (from) => {
    if (inARow > MOST_IN_A_ROW) return from;
    required.lastIndex = from;
    const at = required.exec(text)?.index;
    if (at === undefined) return block.length;
    const start = block.lastIndexOf(NEWLINE, at) + 1;
    inARow = start === from ? inARow + 1 : 0;
    return start;
  };
}

/**
 * Yields the same range as bytes, cut only where a run begins or ends. A last line without a newline gets
 * one.
 */
export function* piecesOf({
  part,
  start,
  end,
}: PartRange): Generator<Extract<LogItem, { kind: 'run' }> | Buffer> {
  const block = Buffer.allocUnsafe(BLOCK);
  const { times } = part;
  let position = start;
  let last = NEWLINE;
  for (let number = times.firstFrom(start); position < end || number < times.count; number += 1) {
    const entry = times.at(number);
    if (entry?.kind === 'bytes') continue;
    const to = Math.min(entry?.offset ?? end, end);
    while (position < to) {
      const count = part.read(block.subarray(0, Math.min(BLOCK, to - position)), position);
      if (count === 0) return;
      position += count;
      last = block[count - 1]!;
      yield block.subarray(0, count);
    }
    if (entry === undefined || entry.offset > end) break;
    if (last !== NEWLINE) yield LINE_END;
    last = NEWLINE;
    yield { kind: 'run', time: entry.time, event: entry };
  }
  if (last !== NEWLINE) yield LINE_END;
}

/** Keeps the time of the current line. */
class Times {
  now: number | undefined;
  private next: number;
  private nextOffset: number;

  constructor(
    private readonly part: LogPart,
    start: number,
  ) {
    this.next = part.times.firstFrom(start);
    // an entry applies to all bytes up to the next entry
    this.now = this.next === 0 ? undefined : part.times.at(this.next - 1)?.time;
    this.nextOffset = part.times.at(this.next)?.offset ?? Infinity;
  }

  /** Tests whether `before` has anything to do at this byte. */
  isDue(offset: number): boolean {
    return this.nextOffset <= offset;
  }

  /** Yields the runs that began or ended before this byte. Afterwards `now` is the time of the byte. */
  *before(offset: number): Generator<LogItem> {
    while (this.nextOffset <= offset) {
      const entry = this.part.times.at(this.next);
      if (entry !== undefined) {
        this.now = entry.time;
        if (entry.kind !== 'bytes') yield { kind: 'run', time: entry.time, event: entry };
      }
      this.next += 1;
      this.nextOffset =
        this.part.times.at(this.next)?.offset ?? (this.next < this.part.times.count ? offset : Infinity);
    }
  }
}

/** Merges the items of several logs by their times; an item without a time follows the one before it. */
export function* merged<Item extends { readonly time: number | undefined }>(
  sources: readonly Iterator<Item>[],
): Generator<Item> {
  if (sources.length === 1) {
    for (let next = sources[0]!.next(); next.done !== true; next = sources[0]!.next()) yield next.value;
    return;
  }
  const heads = sources.flatMap((source) => advance(source, -Infinity));
  while (heads.length > 0) {
    let first = heads[0]!;
    for (const head of heads) if (head.time < first.time) first = head;
    yield first.item;
    heads.splice(heads.indexOf(first), 1, ...advance(first.source, first.time));
  }
}

interface Head<Item> {
  readonly item: Item;
  readonly time: number;
  readonly source: Iterator<Item>;
}

function advance<Item extends { readonly time: number | undefined }>(
  source: Iterator<Item>,
  before: number,
): Head<Item>[] {
  const next = source.next();
  return next.done === true ? [] : [{ item: next.value, time: next.value.time ?? before, source }];
}
