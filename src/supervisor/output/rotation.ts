/** Rotation of log files by size and number: JOB.log, JOB.log.1, JOB.log.2 ... the highest number is the oldest. */
import { renameSync, rmSync, statSync } from 'node:fs';

export interface RotationRule {
  /** bytes that a file may have */
  readonly size: number;
  /** how many old files are kept beside the current one */
  readonly count: number;
}

const NEWLINE = 0x0a;

/**
 * How much of `bytes` still goes into a file of `size` bytes. A file ends with a whole line: it exceeds its size only by a
 * line that is longer than a whole file.
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
  const lineEnd = bytes.indexOf(NEWLINE) + 1;
  return lineEnd === 0 ? bytes.length : lineEnd;
}

/**
 * Moves JOB.log to JOB.log.1 and so on; what exceeds the count is deleted.
 *
 * @throws the errors of rename(2)
 */
export function rotate(path: string, count: number): void {
  if (count === 0) {
    rmSync(path, { force: true });
    return;
  }
  for (let number = count - 1; number >= 1; number -= 1) {
    if (exists(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
  renameSync(path, `${path}.1`);
}

/** The files of a log that exist, oldest first. */
export function rotatedFiles(path: string): readonly string[] {
  const files = exists(path) ? [path] : [];
  for (let number = 1; exists(`${path}.${number}`); number += 1) files.unshift(`${path}.${number}`);
  return files;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
