/**
 * The log file that is open now, with its index. logrotate and people may move, delete or empty the file at any time, so
 * it is checked before each write.
 */
import { closeSync, type BigIntStats } from 'node:fs';
import type { LogPeriod } from '../../jobfile/job-class/job-class.js';
import type { Report } from '../log/log.js';
import { LogIndex } from './log-index.js';
import { indexPath, type RunEvent } from './log-index-format.js';
import { endsInNewline, NotAFile, openForWriting } from './open-log.js';
import { endOfPeriod } from './rotation.js';
import { bigStatIfPossible, statIfPossible } from '../../kernel/files/stat.js';
import { isCodedError } from '../../kernel/errno.js';

/** Bounds the marks of a job that crashes again and again without writing anything. */
const MAX_MARKS = 16;

export interface OpenFile {
  readonly fd: number;
  readonly device: bigint;
  readonly inode: bigint;
  /** a device (`log file /dev/tty12`): it has no size, is not rotated, and has no index */
  readonly isDevice: boolean;
  /** the kernel appends each write (O_APPEND), or the file is a device and has no positions */
  readonly appends: boolean;
  readonly index: LogIndex | undefined;
  canSplice: boolean;
  size: number;
  /** the file is empty, or ends in a newline */
  atLineStart: boolean;
  /** when its period ends, after which it is rotated; milliseconds since 1970 */
  readonly until: number;
}

interface CurrentLogOptions {
  readonly path: string;
  /** directory of the indexes */
  readonly indexes: string;
  /** a job file names it, so it may be a device */
  readonly mayBeDevice: boolean;
  readonly period: LogPeriod | undefined;
  readonly now: () => number;
  readonly report: Report;
}

export class CurrentLog {
  #open: OpenFile | undefined;
  #indexFailed = false;
  /** starts and ends of runs that are not in the index yet, since the file does not exist yet */
  #marks: readonly (RunEvent & { readonly time: number })[] = [];

  constructor(private readonly options: CurrentLogOptions) {}

  /** Returns the file as it was opened; `check` tests whether it is still the one at the path. */
  get opened(): OpenFile | undefined {
    return this.#open;
  }

  /** Tests whether index entries wait to be written. */
  get hasUnwrittenIndex(): boolean {
    return this.#open?.index?.isDirty === true;
  }

  /**
   * Returns the file at the path, and opens it anew if it has been moved, deleted or replaced.
   * @throws the errors of open(2); NotAFile
   */
  check(): OpenFile {
    if (this.#open !== undefined) {
      const there = bigStatIfPossible(this.options.path);
      if (there?.ino === this.#open.inode && there.dev === this.#open.device)
        return this.#refresh(this.#open, there);
      this.close();
    }
    this.#open = this.#openFile();
    if (this.#marks.length > 0) this.#placeMarks(this.#open);
    return this.#open;
  }

  /** Records the start or end of a run of the job at the current end of the file. */
  mark(event: RunEvent): void {
    const { path, now } = this.options;
    // an array that grows from empty gets capacity for seventeen, and one with a leading spread gets its own
    // hidden class
    this.#marks = this.#marks.slice(-MAX_MARKS + 1).concat({ time: now(), ...event });
    // a job that writes nothing has no log file
    if (this.#open === undefined && statIfPossible(path) === undefined) return;
    try {
      this.#placeMarks(this.check());
    } catch (error) {
      // the file cannot be opened; the next write reports it
      if (!isCodedError(error)) throw error;
    }
  }

  /** Records in the index when bytes were written at this offset. */
  noteBytes(offset: number, time: number): void {
    this.#updateIndex((index) => index.moved(offset, time));
  }

  flushIndex(): void {
    this.#updateIndex((index) => index.flush());
  }

  close(): void {
    if (this.#open === undefined) return;
    this.flushIndex();
    this.#open.index?.close();
    closeSync(this.#open.fd);
    this.#open = undefined;
  }

  /** Adapts to a new size: another program may have truncated the file (logrotate's copytruncate), or written to it. */
  #refresh(file: OpenFile, stats: BigIntStats): OpenFile {
    const size = Number(stats.size);
    if (size === file.size || file.isDevice) return file;
    if (size < file.size) this.#updateIndex((index) => index.restart());
    file.size = size;
    file.atLineStart = size === 0 || endsInNewline(file.fd, size);
    return file;
  }

  #openFile(): OpenFile {
    const { path, mayBeDevice, period, now } = this.options;
    const { fd, stats, appends } = openForWriting(path);
    const isDevice = !stats.isFile();
    if (isDevice && (!mayBeDevice || stats.isDirectory())) {
      closeSync(fd);
      throw new NotAFile(`${path} is not a regular file`);
    }
    const size = Number(stats.size);
    return {
      fd,
      device: stats.dev,
      inode: stats.ino,
      isDevice,
      appends: appends || isDevice,
      canSplice: !appends && !isDevice,
      size: isDevice ? 0 : size,
      atLineStart: size === 0 || appends || isDevice || endsInNewline(fd, size),
      until: period === undefined ? Infinity : endOfPeriod(period, size > 0 ? Number(stats.mtimeMs) : now()),
      index: isDevice ? undefined : this.#openIndex(stats.ino, size),
    };
  }

  #openIndex(inode: bigint, size: number): LogIndex | undefined {
    const { path, indexes } = this.options;
    try {
      return LogIndex.open(indexPath(indexes, path), inode, size);
    } catch (error) {
      this.#reportIndexError(error);
      return undefined;
    }
  }

  #placeMarks({ size }: OpenFile): void {
    const marks = this.#marks;
    this.#marks = [];
    this.#updateIndex((index) => {
      for (const mark of marks) index.add({ ...mark, offset: size });
      // who follows the log would otherwise read the run's first lines before its mark, and never show it
      if (marks.length > 0) index.flush();
    });
  }

  #updateIndex(update: (index: LogIndex) => void): void {
    const index = this.#open?.index;
    if (index === undefined) return;
    try {
      update(index);
    } catch (error) {
      this.#reportIndexError(error);
    }
  }

  /** Reports it once. The log goes on without an index. */
  #reportIndexError(error: unknown): void {
    if (!isCodedError(error)) throw error;
    if (this.#indexFailed) return;
    this.#indexFailed = true;
    const { path, report } = this.options;
    report('warn', `The lines of ${path} have no times: its index cannot be written: ${error.message}`);
  }
}
