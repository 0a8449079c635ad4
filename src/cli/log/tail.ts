/** The last lines of a log that may be spread over rotated files. */
import { open, type FileHandle } from 'node:fs/promises';
import { errorCode } from '../../control/socket-address.js';

const BLOCK = 64 * 1024;
const NEWLINE = 0x0a;

export interface Tail {
  readonly lines: readonly string[];
  /** end of the newest file at the time of reading, in bytes; where following goes on */
  readonly position: number;
}

/**
 * Opens the files of a log, all before any is read: what is open stays the same file, whatever is rotated meanwhile.
 * @param paths oldest first; one that has been rotated away is left out
 */
export async function openLog(paths: readonly string[]): Promise<readonly FileHandle[]> {
  const files = await Promise.all(paths.map((path) => open(path).catch(ignoreMissing)));
  return files.filter((file) => file !== undefined);
}

/**
 * @param files oldest first; they stay open
 * @param count how many lines; 0 only finds the position
 */
export async function tail(files: readonly FileHandle[], count: number): Promise<Tail> {
  let lines: readonly string[] = [];
  let position = 0;
  for (const [index, file] of [...files].reverse().entries()) {
    const { size } = await file.stat();
    if (index === 0) position = size;
    lines = [...(await lastLines(file, size, count - lines.length)), ...lines];
    if (lines.length >= count) break;
  }
  return { lines, position };
}

/** Reads backwards, block by block, until there are enough line ends. */
async function lastLines(file: FileHandle, size: number, count: number): Promise<readonly string[]> {
  if (count === 0) return [];
  const blocks: Buffer[] = [];
  let start = size;
  let ends = 0;
  // one more than asked for: the line before the first one must have ended
  while (start > 0 && ends <= count) {
    const length = Math.min(BLOCK, start);
    start -= length;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
    const block = buffer.subarray(0, bytesRead);
    ends += block.filter((byte) => byte === NEWLINE).length;
    blocks.unshift(block);
  }
  const lines = Buffer.concat(blocks).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-count);
}

/** For a file that may have gone, or may not be there yet. */
export function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}
