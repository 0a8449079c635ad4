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
 * @param files oldest first; one that has been rotated away in the meantime counts as empty
 * @param count how many lines; 0 only finds the position
 */
export async function tail(files: readonly string[], count: number): Promise<Tail> {
  let lines: readonly string[] = [];
  let position = 0;
  for (const [index, path] of [...files].reverse().entries()) {
    const file = await openIfThere(path);
    if (file === undefined) continue;
    try {
      const { size } = await file.stat();
      if (index === 0) position = size;
      lines = [...(await lastLines(file, size, count - lines.length)), ...lines];
    } finally {
      await file.close();
    }
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

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}
