/** Compresses old files of a log, in the background and one after the other. */
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { openRegularFile } from '../../kernel/files/read-file.js';
import type { Report } from '../log/log.js';
import { oldFiles } from './rotation.js';

const MODE = 0o640;

export class Compressor {
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly report: Report) {}

  /** Compresses what is not compressed yet of the old files of this log. */
  look(log: string): void {
    this.turn = this.turn.then(() => this.compressAll(log));
  }

  /** Resolves when nothing is left to do. */
  idle(): Promise<void> {
    return this.turn;
  }

  private async compressAll(log: string): Promise<void> {
    const directory = dirname(log);
    try {
      for (const { name, compressed } of oldFiles(log).toReversed())
        if (!compressed) await compress(log, join(directory, name));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      // it has been rotated away meanwhile
      if (error.code === 'ENOENT') return;
      this.report('warn', `an old file of ${log} stays as it is: it cannot be compressed: ${error.message}`);
    }
  }
}

/** It may be renamed by a rotation meanwhile: the result takes the place that it has then. */
async function compress(log: string, path: string): Promise<void> {
  const fd = openRegularFile(path, 'refuse');
  const { ino, atime, mtime } = await stat(`/proc/self/fd/${fd}`);
  // one name for all: what a supervisor has left that was killed is overwritten
  const unfinished = `${log}.gz.new`;
  rmSync(unfinished, { force: true });
  try {
    await pipeline(
      createReadStream('', { fd }),
      createGzip(),
      createWriteStream(unfinished, { flags: 'wx', mode: MODE }),
    );
    await utimes(unfinished, atime, mtime);
    for (const { name } of oldFiles(log)) {
      const there = join(dirname(log), name);
      if ((await stat(there)).ino !== ino) continue;
      // a kill in between leaves both: the file that is not compressed counts then
      await rename(unfinished, `${there}.gz`);
      await rm(there);
      return;
    }
  } finally {
    rmSync(unfinished, { force: true });
  }
}
