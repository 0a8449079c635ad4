/**
 * Rotation of log files: JOB.log, JOB.log.1, JOB.log.2 ... the highest number is the oldest. An old file may be compressed
 * (JOB.log.2.gz), and each has its index (log-index.ts), which goes with it.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LogPeriod } from '../../jobfile/job-class/job-class.js';
import { indexPath } from './log-index-format.js';

export interface RotationRule {
  /** bytes that a file may have; undefined: any number */
  readonly size: number | undefined;
  /** how many old files are kept beside the current one */
  readonly count: number;
  /** a file holds what was written within one hour, day, week or month */
  readonly period?: LogPeriod | undefined;
  /** old files are compressed */
  readonly compress?: boolean | undefined;
}

const NEWLINE = 0x0a;

/**
 * How far a file may exceed its size so that a line is not cut, in bytes: what a program writes at once (PIPE_BUF of
 * pipe(7)) at least, an eighth of a large file, and never more than a pipe holds.
 */
function grace(limit: number): number {
  return Math.min(Math.max(limit / 8, 4096), 64 * 1024);
}

/**
 * How much of `bytes` still goes into a file of `size` bytes. A file ends with a whole line, unless that is longer than
 * the file and its grace: a progress bar of 300 MB without a newline is cut.
 *
 * @param atLineStart the file is empty or ends in a newline
 * @returns the number of bytes; less than `bytes.length` means: rotate after them
 */
export function fitting(bytes: Uint8Array, size: number, limit: number, atLineStart: boolean): number {
  const room = limit - size;
  if (bytes.length <= room) return bytes.length;
  const lastLineEnd = room > 0 ? bytes.lastIndexOf(NEWLINE, room - 1) + 1 : 0;
  if (lastLineEnd > 0) return lastLineEnd;
  // nothing whole fits: a new file, unless this one is new already or stands in the middle of a line
  if (atLineStart && size > 0) return 0;
  const most = Math.max(Math.floor(room + grace(limit)), 0);
  const lineEnd = bytes.indexOf(NEWLINE) + 1;
  return lineEnd > 0 && lineEnd <= most ? lineEnd : Math.min(bytes.length, most);
}

/**
 * Moves JOB.log to JOB.log.1 and so on; what exceeds the count is deleted. A number that is missing, as after a kill in the
 * middle of this, is filled: the files beyond it stay where they are.
 *
 * @param indexes directory of the indexes
 * @throws the errors of rename(2)
 */
export function rotate(path: string, count: number, indexes: string): void {
  const indexOf = (log: string): string => indexPath(indexes, log);
  if (count === 0) {
    rmSync(path, { force: true });
    rmSync(indexOf(path), { force: true });
    return;
  }
  const old = oldFiles(path);
  for (const { name, compressed } of old)
    if (!compressed) rmSync(join(dirname(path), `${name}.gz`), { force: true });
  const there = new Map(old.map((file) => [file.number, file]));
  let free = 1;
  while (free < count && there.has(free)) free += 1;
  for (const { number, name } of there.values()) {
    if (number < count) continue;
    rmSync(join(dirname(path), name), { force: true });
    rmSync(indexOf(join(dirname(path), withoutEnding(name))), { force: true });
  }
  for (let number = free - 1; number >= 1; number -= 1) {
    const ending = there.get(number)?.compressed === true ? '.gz' : '';
    const [from, to] = [`${path}.${number}`, `${path}.${number + 1}`];
    renameIfThere(indexOf(from), indexOf(to));
    renameSync(`${from}${ending}`, `${to}${ending}`);
  }
  renameIfThere(indexOf(path), indexOf(`${path}.1`));
  renameSync(path, `${path}.1`);
}

function renameIfThere(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) === undefined) rmSync(to, { force: true });
  else renameSync(from, to);
}

/** The path by which the index of an old file is named, whether or not the file is compressed. */
export function withoutEnding(path: string): string {
  return path.endsWith('.gz') ? path.slice(0, -3) : path;
}

export interface OldFile {
  readonly number: number;
  readonly name: string;
  readonly compressed: boolean;
}

/** Old files of a log that exist, newest first. */
export function oldFiles(path: string): readonly OldFile[] {
  const stem = `${basename(path)}.`;
  const names = namesIn(dirname(path));
  const all = new Set(names);
  return names
    .flatMap((name): OldFile[] => {
      // a kill between compressing a file and removing it leaves both
      if (name.endsWith('.gz') && all.has(withoutEnding(name))) return [];
      const [, number, ending] = name.startsWith(stem)
        ? (/^([1-9]\d{0,5})(\.gz)?$/.exec(name.slice(stem.length)) ?? [])
        : [];
      return number === undefined ? [] : [{ number: Number(number), name, compressed: ending !== undefined }];
    })
    .sort((one, other) => one.number - other.number);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

/** The files of a log that exist, oldest first. */
export function rotatedFiles(path: string): readonly string[] {
  const current = statSync(path, { throwIfNoEntry: false }) === undefined ? [] : [path];
  const directory = dirname(path);
  return [
    ...oldFiles(path)
      .map(({ name }) => join(directory, name))
      .reverse(),
    ...current,
  ];
}

/** The first moment of the next hour, day, week (Monday) or month, in milliseconds since 1970. */
export function endOfPeriod(period: LogPeriod, time: number): number {
  const at = new Date(time);
  const [year, month, day] = [at.getFullYear(), at.getMonth(), at.getDate()];
  switch (period) {
    case 'hourly':
      return new Date(year, month, day, at.getHours() + 1).getTime();
    case 'daily':
      return new Date(year, month, day + 1).getTime();
    case 'weekly':
      return new Date(year, month, day + 7 - ((at.getDay() + 6) % 7)).getTime();
    case 'monthly':
      return new Date(year, month + 1, 1).getTime();
  }
}
