/** Follows a log file as it grows, also over its rotation (inotify on its directory; nothing polls). */
import { watch } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { ignoreMissing } from './tail.js';

const BLOCK = 64 * 1024;

/** Where following begins: an open file and a place in it; without a file, at the beginning of the one that will come. */
export interface FollowStart {
  readonly file: FileHandle | undefined;
  readonly position: number;
}

/**
 * Calls `take` for each line written after `start`, until `stop` fires; closes the file then.
 * @param path of the file; it may not be there yet, and may be replaced or cut
 */
export async function followFile(
  path: string,
  start: FollowStart,
  take: (line: string) => void,
  stop?: AbortSignal,
): Promise<void> {
  const follower = new Follower(path, start, take);
  const watcher = watch(dirname(path));
  try {
    await new Promise<void>((resolve, reject) => {
      const advance = () => void follower.advance().catch(reject);
      watcher.on('change', advance);
      watcher.on('error', reject);
      stop?.addEventListener('abort', () => resolve(), { once: true });
      advance();
    });
  } finally {
    watcher.close();
    await follower.close();
  }
}

class Follower {
  private file: FileHandle | undefined;
  private position: number;
  private decoder = new StringDecoder('utf8');
  private rest = '';
  /** reading goes one after the other: a change during a reading is followed by another reading */
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    start: FollowStart,
    private readonly take: (line: string) => void,
  ) {
    this.file = start.file;
    this.position = start.position;
  }

  advance(): Promise<void> {
    this.turn = this.turn.then(() => this.read());
    return this.turn;
  }

  async close(): Promise<void> {
    await this.turn.catch(() => undefined); // whoever asked for the reading was told
    await this.file?.close();
  }

  private async read(): Promise<void> {
    this.file ??= await this.opened();
    if (this.file === undefined) return;
    await this.drain(this.file);
    if (!(await this.replaced(this.file))) return;
    // what was written between the reading and the rotation
    await this.drain(this.file);
    await this.file.close();
    this.position = 0;
    this.decoder = new StringDecoder('utf8');
    this.file = await this.opened();
    if (this.file !== undefined) await this.drain(this.file);
  }

  private async drain(file: FileHandle): Promise<void> {
    if ((await file.stat()).size < this.position) this.position = 0; // cut, as logrotate's copytruncate does
    const buffer = Buffer.alloc(BLOCK);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, BLOCK, this.position);
      if (bytesRead === 0) return;
      this.position += bytesRead;
      const lines = (this.rest + this.decoder.write(buffer.subarray(0, bytesRead))).split('\n');
      this.rest = lines.pop()!;
      lines.forEach(this.take);
    }
  }

  private async replaced(file: FileHandle): Promise<boolean> {
    const [ours, there] = await Promise.all([file.stat(), stat(this.path).catch(ignoreMissing)]);
    return there !== undefined && there.ino !== ours.ino;
  }

  private async opened(): Promise<FileHandle | undefined> {
    return open(this.path).catch(ignoreMissing);
  }
}
