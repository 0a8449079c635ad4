/** Selects the bytes of a log: from a time, to a time, or the last lines. */
import type { LogPart } from './log-part.js';

export interface PartRange {
  readonly part: LogPart;
  readonly start: number;
  readonly end: number;
}

export interface Wanted {
  /** milliseconds since 1970 */
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** the last lines */
  readonly lines: number | undefined;
}

const NEWLINE = 0x0a;
const BLOCK = 64 * 1024;

/**
 * Returns the ranges of a log's parts.
 * @param parts oldest first
 */
export function rangesOf(parts: readonly LogPart[], { since, until, lines }: Wanted): readonly PartRange[] {
  const ranges = parts.map((part) => timeRange(part, since, until));
  return lines === undefined ? ranges : lastLines(ranges, lines);
}

function timeRange(part: LogPart, since: number | undefined, until: number | undefined): PartRange {
  const size = part.size();
  const start = since === undefined ? 0 : startOf(part, since, size);
  const end = until === undefined ? size : endOf(part, until, size);
  return { part, start: Math.min(start, end), end };
}

function startOf(part: LogPart, since: number, size: number): number {
  const entry = part.times.at(part.times.firstSince(since));
  if (entry !== undefined) return lineStart(part, entry.offset, size);
  // every entry is older; without any entries, the time of the last write decides
  return part.times.count > 0 || part.modified < since ? size : 0;
}

function endOf(part: LogPart, until: number, size: number): number {
  const entry = part.times.at(part.times.firstSince(until + 1));
  return entry === undefined ? size : lineStart(part, entry.offset, size);
}

/**
 * Returns the start of the first line that begins at the offset or later: an offset may be in the middle of a
 * line.
 */
function lineStart(part: LogPart, offset: number, size: number): number {
  if (offset === 0) return 0;
  const block = Buffer.allocUnsafe(BLOCK);
  for (let at = offset - 1; at < size;) {
    const count = part.read(block, at);
    if (count === 0) return size;
    const end = block.subarray(0, count).indexOf(NEWLINE);
    if (end >= 0) return at + end + 1;
    at += count;
  }
  return size;
}

function lastLines(ranges: readonly PartRange[], count: number): readonly PartRange[] {
  const found: PartRange[] = [];
  let left = count;
  for (const range of ranges.toReversed()) {
    if (left <= 0) break;
    const { start, lines } = backwards(range, left);
    left -= lines;
    found.unshift({ ...range, start });
  }
  const newest = ranges.at(-1);
  // the position from which to follow
  return found.length === 0 && newest !== undefined ? [{ ...newest, start: newest.end }] : found;
}

/** Searches backwards, block by block, for the start of the last lines. */
function backwards({ part, start, end }: PartRange, count: number): { start: number; lines: number } {
  const block = Buffer.allocUnsafe(BLOCK);
  let lines = 0;
  let from = end;
  // a newline at the very end ends the last line; each one before it ends a line further back
  for (let to = end; to > start; to -= BLOCK) {
    const begin = Math.max(start, to - BLOCK);
    const length = part.read(block.subarray(0, to - begin), begin);
    for (
      let at = block.lastIndexOf(NEWLINE, length - 1);
      at >= 0;
      at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)
    ) {
      const next = begin + at + 1;
      if (next >= end) continue;
      lines += 1;
      from = next;
      if (lines === count) return { start: from, lines };
    }
  }
  return from === start || end === start ? { start, lines } : { start, lines: lines + 1 };
}
