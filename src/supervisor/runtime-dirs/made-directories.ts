/**
 * Records which directories foster has made for which jobs, in a small file for each in RUNDIR/made. So
 * foster knows after a crash what it may remove. It never removes a directory that it has not made, whatever
 * a job file says.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { number, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { DecodeError } from '../../codec/decode-error.js';
import { record, type Recorded } from '../../codec/record.js';
import { namesIfPresent } from '../../kernel/files/stat.js';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import { writeNewFile } from '../../kernel/files/own-files.js';

const madeDirectory = record({
  path: string,
  device: number,
  inode: number,
  /** keys of the jobs that use it */
  jobs: list(string),
});
export interface MadeDirectory extends Recorded<typeof madeDirectory> {}

/** A path of 4096 bytes, escaped, and keys of jobs. */
const MAX_RECORD_BYTES = 1024 * 1024;

export class MadeDirectories {
  readonly #known = new Map<string, MadeDirectory>();

  /** @param directory of the records; undefined if nothing can be saved, and everything is only in memory */
  constructor(
    private readonly directory: () => string | undefined,
    private readonly warn: (text: string) => void,
  ) {}

  /** Reads the records of a former supervisor. */
  load(): void {
    const directory = this.directory();
    if (directory === undefined) return;
    for (const name of namesIfPresent(directory)) {
      try {
        const text = readTextIfThere(join(directory, name), { limit: MAX_RECORD_BYTES, links: 'refuse' });
        if (text === undefined) continue;
        const made = madeDirectory.read(JSON.parse(text), undefined);
        this.#known.set(made.path, made);
      } catch (error) {
        if (!(error instanceof SyntaxError) && !(error instanceof DecodeError)) throw error;
        this.warn(
          `${join(directory, name)} is damaged, and the runtime directory that it names is left: ${error.message}`,
        );
      }
    }
  }

  get all(): readonly MadeDirectory[] {
    return [...this.#known.values()];
  }

  of(path: string): MadeDirectory | undefined {
    return this.#known.get(path);
  }

  /** @throws the errors of node:fs */
  note(made: MadeDirectory): void {
    const directory = this.directory();
    if (directory !== undefined) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const text = JSON.stringify(madeDirectory.write(made, undefined));
      writeNewFile(join(directory, fileNameOf(made.path)), text);
    }
    this.#known.set(made.path, made);
  }

  forget(path: string): void {
    this.#known.delete(path);
    const directory = this.directory();
    if (directory !== undefined) rmSync(join(directory, fileNameOf(path)), { force: true });
  }
}

/**
 * Returns a file name. Names are limited to 255 bytes; the kernel refuses a runtime directory whose escaped
 * path is longer.
 */
function fileNameOf(path: string): string {
  return `${encodeURIComponent(path)}.json`;
}
