/** Compresses rotated log files in the background, one at a time. */
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { openRegularFile } from '../../kernel/files/read-file.js';
import type { Report } from '../log/log.js';
import { descriptorPath } from '../../kernel/proc/proc-file.js';
import { oldFiles } from './rotation.js';
import { isCodedError } from '../../kernel/errno.js';

const MODE = 0o640;

export class Compressor {
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly report: Report) {}

  /** Compresses the rotated files of this log that are not compressed yet. */
  compressOldFiles(log: string): void {
    this.turn = this.turn.then(() => this.compressAll(log));
  }

  /** Resolves when all files are compressed. */
  idle(): Promise<void> {
    return this.turn;
  }

  private async compressAll(log: string): Promise<void> {
    const directory = dirname(log);
    try {
      for (const { name, compressed } of oldFiles(log).toReversed())
        if (!compressed) await compress(log, join(directory, name));
    } catch (error) {
      if (!isCodedError(error)) throw error;
      // the file was rotated away meanwhile
      if (error.code === 'ENOENT') return;
      this.report('warn', `a rotated file of ${log} stays uncompressed: ${error.message}`);
    }
  }
}

/** Compresses a file. A rotation may rename it meanwhile: the result gets the name that the file has then. */
async function compress(log: string, path: string): Promise<void> {
  const fd = openRegularFile(path, 'refuse');
  const { ino, atime, mtime } = await stat(descriptorPath(fd));
  // always the same name, so that the remains of a killed supervisor are overwritten
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
      // if foster is killed in between, both exist, and the uncompressed file counts
      await rename(unfinished, `${there}.gz`);
      await rm(there);
      return;
    }
  } finally {
    rmSync(unfinished, { force: true });
  }
}
