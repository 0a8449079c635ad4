/**
 * Rotates log files: JOB.log, JOB.log.1, JOB.log.2 and so on; the highest number is the oldest. A rotated file may be
 * compressed (JOB.log.2.gz). Its index (log-index.ts) moves with it.
 */
import { renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LogPeriod } from '../../jobfile/job-class/job-class.js';
import { indexPath } from './log-index-format.js';
import { namesIfPossible, statIfPossible } from '../../kernel/files/stat.js';

export interface RotationRule {
  /** maximum size in bytes; undefined: no limit */
  readonly size: number | undefined;
  /** how many rotated files to keep */
  readonly count: number;
  /** rotate at the end of each hour, day, week or month */
  readonly period?: LogPeriod | undefined;
  /** compress rotated files */
  readonly compress?: boolean | undefined;
}

const NEWLINE = 0x0a;

/**
 * Returns by how many bytes a file may exceed its size to avoid cutting a line: an eighth of its size, at least what
 * a program writes atomically (PIPE_BUF of pipe(7)), and at most the capacity of a pipe.
 */
function grace(limit: number): number {
  return Math.min(Math.max(limit / 8, 4096), 64 * 1024);
}

/**
 * Returns how many of `bytes` still fit into a file of `size` bytes. A file ends with a whole line, unless the line
 * is longer than the file may be: a progress bar of 300 MB without a newline is cut.
 *
 * @param atLineStart the file is empty or ends in a newline
 * @returns the number of bytes; less than `bytes.length` means: rotate after them
 */
export function fitting(bytes: Uint8Array, size: number, limit: number, atLineStart: boolean): number {
  const room = limit - size;
  if (bytes.length <= room) return bytes.length;
  const lastLineEnd = room > 0 ? bytes.lastIndexOf(NEWLINE, room - 1) + 1 : 0;
  if (lastLineEnd > 0) return lastLineEnd;
  // no whole line fits: start a new file, unless this one is empty or ends within a line
  if (atLineStart && size > 0) return 0;
  const most = Math.max(Math.floor(room + grace(limit)), 0);
  const lineEnd = bytes.indexOf(NEWLINE) + 1;
  return lineEnd > 0 && lineEnd <= most ? lineEnd : Math.min(bytes.length, most);
}

/**
 * Renames JOB.log to JOB.log.1 and so on, and deletes files beyond `count`. If a number is free, as after a kill
 * during a rotation, the files beyond it keep their names.
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
  if (statIfPossible(from) === undefined) rmSync(to, { force: true });
  else renameSync(from, to);
}

/** Returns the name without `.gz`, from which the name of its index follows. */
export function withoutEnding(path: string): string {
  return path.endsWith('.gz') ? path.slice(0, -3) : path;
}

interface OldFile {
  readonly number: number;
  readonly name: string;
  readonly compressed: boolean;
}

/** Returns the rotated files of a log, newest first. */
export function oldFiles(path: string): readonly OldFile[] {
  const stem = `${basename(path)}.`;
  const names = namesIfPossible(dirname(path));
  const all = new Set(names);
  return names
    .flatMap((name): OldFile[] => {
      // if foster is killed between compressing a file and removing it, both exist
      if (name.endsWith('.gz') && all.has(withoutEnding(name))) return [];
      const [, number, ending] = name.startsWith(stem)
        ? (/^([1-9]\d{0,5})(\.gz)?$/.exec(name.slice(stem.length)) ?? [])
        : [];
      return number === undefined ? [] : [{ number: Number(number), name, compressed: ending !== undefined }];
    })
    .sort((one, other) => one.number - other.number);
}

/** Returns all files of a log that exist, oldest first. */
export function rotatedFiles(path: string): readonly string[] {
  const current = statIfPossible(path) === undefined ? [] : [path];
  const directory = dirname(path);
  return [
    ...oldFiles(path)
      .map(({ name }) => join(directory, name))
      .reverse(),
    ...current,
  ];
}

/** Returns the start of the next hour, day, week (Monday) or month in local time, in milliseconds since 1970. */
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
