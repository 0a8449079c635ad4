import { closeSync, readSync, statSync, writeSync, type BigIntStats } from 'node:fs';
import type { FileCalls } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import { Backlog } from './backlog.js';
import { LogIndex } from './log-index.js';
import { indexPath, type RunEvent } from './log-index-format.js';
import { endsInNewline, NEWLINE, NotAFile, openForWriting } from './open-log.js';
import { endOfPeriod, fitting, rotate, rotatedFiles, type RotationRule } from './rotation.js';
import { SAVED_BYTES } from './recent-output.js';
import type { Report } from '../log/log.js';

/** A job that crashes without a word, again and again. */
const MOST_MARKS = 16;

/** What a job may write while its log cannot be written: a chatty start, not a day's output. */
const BACKLOG_LIMIT = 1024 * 1024;

/** Errors for which waiting is of no use: something else stands where the file should be. */
const REFUSED = new Set(['ELOOP', 'EISDIR', 'ENXIO', 'ENAMETOOLONG']);

/** splice(2) cannot write to this file: its file system has no such operation, or a filter of system calls forbids it. */
const CANNOT_SPLICE = new Set(['EINVAL', 'ENOSYS', 'EOPNOTSUPP', 'EPERM']);

interface OpenFile {
  readonly fd: number;
  readonly device: bigint;
  readonly inode: bigint;
  /** a device (`log file /dev/tty12`): no size, no rotation, no index */
  readonly isDevice: boolean;
  /** each write goes to the end by itself, or there is no place in it */
  readonly appends: boolean;
  readonly index: LogIndex | undefined;
  canSplice: boolean;
  size: number;
  /** when what comes belongs into another file */
  until: number;
}

/** What was moved: how many bytes, and the last ones of them, valid until the next time. Or why there was nothing to move. */
export type Unseen = { readonly count: number; readonly tail: Buffer } | 'nothing' | 'end';

/** Moved at a time: what a pipe holds unless somebody enlarged it (pipe(7)). */
const MOST_UNSEEN = 64 * 1024;

/** One for all logs. */
const tailBuffer = Buffer.allocUnsafeSlow(SAVED_BYTES);

/** Writes so many of the bytes at the end of the file, and returns how many went. */
type Put = (file: OpenFile, bytes: Uint8Array, count: number) => number;

export interface LogFileOptions {
  readonly path: string;
  /** directory of the indexes */
  readonly indexes: string;
  readonly files: Pick<FileCalls, 'splice' | 'discard'>;
  readonly report: Report;
  readonly rotation?: RotationRule | undefined;
  /** it was named by a job file, and may be a device */
  readonly mayBeDevice?: boolean;
  /** called after a rotation: old files may be compressed now */
  readonly rotated?: () => void;
  readonly backlogLimit?: number;
  readonly now?: () => number;
}

/**
 * The log file of one job. It is created at the first output, opened anew when it has been moved or deleted, written from
 * its beginning when it has been emptied, and rotated by its rule. What cannot be written (directory missing or read-only,
 * disk full) is kept up to a bound and written by `retry`.
 */
export class LogFile {
  readonly path: string;
  private open: OpenFile | undefined;
  private readonly backlog: Backlog;
  private readonly now: () => number;
  private atLineStart = true;
  /** the error that has been reported and not been overcome */
  private trouble: string | undefined;
  private indexTrouble = false;
  /** that have no place yet, since the file is not there yet */
  private readonly marks: (RunEvent & { readonly time: number })[] = [];

  constructor(private readonly options: LogFileOptions) {
    this.path = options.path;
    this.now = options.now ?? Date.now;
    this.backlog = new Backlog(options.backlogLimit ?? BACKLOG_LIMIT);
  }

  /** Something waits to be written: call `retry` now and then. */
  get blocked(): boolean {
    return this.backlog.length > 0 || (this.trouble !== undefined && this.backlog.dropped > 0);
  }

  /** Entries of the index wait to be written: call `flushIndex` soon. */
  get hasNews(): boolean {
    return this.open?.index?.isDirty === true;
  }

  /** Appends; never throws and never waits for the disk to become writable. The bytes may be reused afterwards. */
  append(bytes: Uint8Array): void {
    if (this.backlog.length > 0) {
      this.backlog.push(bytes);
      return;
    }
    const written = this.write(bytes, writeAtEnd);
    if (written < bytes.length) this.keep(bytes.subarray(written));
  }

  /**
   * Moves what a pipe holds to the end of the file, in one step with taking it from the pipe: a kill at any moment loses and
   * doubles nothing. The same as `append` otherwise.
   * @param bytes the first bytes in the pipe; they are not in it any more afterwards
   */
  move(bytes: Uint8Array, pipe: number): void {
    const { discard } = this.options.files;
    const waits = this.backlog.length > 0;
    const written = waits ? 0 : this.write(bytes, this.mover(pipe));
    if (written === bytes.length) return;
    const rest = bytes.subarray(written);
    discard(pipe, rest.length);
    if (waits) this.backlog.push(rest);
    else this.keep(rest);
  }

  /**
   * Moves what a pipe holds to the end of the file without looking at it first, where that is all that there is to do: the file is
   * open and has room for all of it. It costs half of looking at it and of moving it then.
   * @param most so many bytes at most
   * @returns undefined when it has to be looked at: use `move`
   */
  moveUnseen(pipe: number, most: number): Unseen | undefined {
    const file = this.open;
    if (file?.canSplice !== true || this.backlog.length > 0 || this.trouble !== undefined) return undefined;
    const now = this.now();
    const count = Math.min(most, MOST_UNSEEN);
    const { size = Infinity } = this.options.rotation ?? {};
    try {
      if (this.current() !== file || file.size + MOST_UNSEEN > size || now >= file.until) return undefined;
      const moved = this.options.files.splice(pipe, file.fd, file.size, count);
      if (moved === undefined) return 'nothing';
      if (moved === 0) return 'end';
      const tail = readBack(file, moved);
      this.written(file, tail, moved, now);
      return { count: moved, tail };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      // nothing has moved: whatever it is, `move` answers it
      return undefined;
    }
  }

  /** Tries to write what could not be written before. */
  retry(): void {
    if (this.backlog.length > 0) this.backlog.remove(this.write(this.backlog.peek(), writeAtEnd));
  }

  /** A run of the job begins or has ended here. */
  mark(event: RunEvent): void {
    this.marks.push({ ...event, time: this.now() });
    if (this.marks.length > MOST_MARKS) this.marks.shift();
    // a job that writes nothing has no log file
    if (this.open === undefined && statSync(this.path, { throwIfNoEntry: false }) === undefined) return;
    try {
      this.placeMarks(this.current());
    } catch (error) {
      // it cannot be opened: the next bytes report it
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }

  private placeMarks({ size }: OpenFile): void {
    for (const mark of this.marks.splice(0))
      this.noteInIndex((index) => index.add({ ...mark, offset: size }));
  }

  flushIndex(): void {
    this.noteInIndex((index) => index.flush());
  }

  /** Closes the file. What could not be written stays kept, and `retry` opens the file again. */
  close(): void {
    if (this.open === undefined) return;
    this.flushIndex();
    this.open.index?.close();
    closeSync(this.open.fd);
    this.open = undefined;
  }

  /** The log files that exist, oldest first. */
  files(): readonly string[] {
    return rotatedFiles(this.path);
  }

  private keep(bytes: Uint8Array): void {
    if (this.trouble !== undefined && REFUSED.has(this.trouble)) return;
    this.backlog.push(bytes);
  }

  private mover(pipe: number): Put {
    const { splice, discard } = this.options.files;
    return (file, bytes, count) => {
      if (file.canSplice) {
        try {
          const moved = splice(pipe, file.fd, file.size, count);
          // a job that reads its own output may have taken what was looked at
          if (moved !== undefined && moved > 0) return moved;
        } catch (error) {
          if (!CANNOT_SPLICE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
          file.canSplice = false;
        }
      }
      // a kill in between doubles what has been written, and loses none
      const written = writeAtEnd(file, bytes, count);
      discard(pipe, written);
      return written;
    };
  }

  /** @returns how much was written; what went wrong has been reported then */
  private write(bytes: Uint8Array, put: Put): number {
    let written = 0;
    try {
      while (written < bytes.length) written += this.writeSome(bytes.subarray(written), put);
      this.recovered();
    } catch (error) {
      this.failed(error as NodeJS.ErrnoException);
    }
    return written;
  }

  private writeSome(bytes: Uint8Array, put: Put): number {
    const file = this.current();
    const { rotation } = this.options;
    const now = this.now();
    if (rotation === undefined || file.isDevice)
      return this.written(file, bytes, put(file, bytes, bytes.length), now);
    if (now >= file.until && this.atLineStart && file.size > 0) {
      this.rotate(rotation);
      return 0;
    }
    const size =
      rotation.size === undefined ? bytes.length : fitting(bytes, file.size, rotation.size, this.atLineStart);
    const written = size === 0 ? 0 : this.written(file, bytes, put(file, bytes, size), now);
    if (written === size && size < bytes.length) this.rotate(rotation);
    return written;
  }

  /** @param bytes those that were written and perhaps more, or the last ones of them */
  private written(file: OpenFile, bytes: Uint8Array, count: number, now: number): number {
    const offset = file.size;
    file.size += count;
    if (count > 0) this.atLineStart = bytes[Math.min(count, bytes.length) - 1] === NEWLINE;
    this.noteInIndex((index) => index.moved(offset, now));
    return count;
  }

  private rotate(rule: RotationRule): void {
    this.close();
    rotate(this.path, rule.count, this.options.indexes);
    this.options.rotated?.();
  }

  /** The open file, if it is still the one by that name: logrotate and people move it away, delete it or empty it. */
  private current(): OpenFile {
    if (this.open !== undefined) {
      const there = statSync(this.path, { bigint: true, throwIfNoEntry: false });
      if (there?.ino === this.open.inode && there.dev === this.open.device)
        return this.sameFile(this.open, there);
      this.close();
    }
    this.open = this.openFile();
    if (this.marks.length > 0) this.placeMarks(this.open);
    return this.open;
  }

  /** Others may have emptied it (copytruncate), or written into it. */
  private sameFile(file: OpenFile, stats: BigIntStats): OpenFile {
    const size = Number(stats.size);
    if (size === file.size || file.isDevice) return file;
    if (size < file.size) this.noteInIndex((index) => index.restart());
    file.size = size;
    this.atLineStart = size === 0 || endsInNewline(file.fd, size);
    return file;
  }

  private openFile(): OpenFile {
    const { fd, stats, appends } = openForWriting(this.path);
    const isDevice = !stats.isFile();
    if (isDevice && (this.options.mayBeDevice !== true || stats.isDirectory())) {
      closeSync(fd);
      throw new NotAFile(`${this.path} is not a regular file`);
    }
    const size = Number(stats.size);
    this.atLineStart = size === 0 || appends || isDevice || endsInNewline(fd, size);
    const period = this.options.rotation?.period;
    return {
      fd,
      device: stats.dev,
      inode: stats.ino,
      isDevice,
      appends: appends || isDevice,
      canSplice: !appends && !isDevice,
      size: isDevice ? 0 : size,
      until:
        period === undefined ? Infinity : endOfPeriod(period, size > 0 ? Number(stats.mtimeMs) : this.now()),
      index: isDevice ? undefined : this.openIndex(stats.ino, size),
    };
  }

  private openIndex(inode: bigint, size: number): LogIndex | undefined {
    try {
      return LogIndex.open(indexPath(this.options.indexes, this.path), inode, size);
    } catch (error) {
      this.indexFailed(error);
      return undefined;
    }
  }

  private noteInIndex(note: (index: LogIndex) => void): void {
    const index = this.open?.index;
    if (index === undefined) return;
    try {
      note(index);
    } catch (error) {
      this.indexFailed(error);
    }
  }

  /** The log goes on without. */
  private indexFailed(error: unknown): void {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (this.indexTrouble) return;
    this.indexTrouble = true;
    this.options.report(
      'warn',
      `The lines of ${this.path} have no times: its index cannot be written: ${error.message}`,
    );
  }

  private failed(error: NodeJS.ErrnoException): void {
    const code = error.code ?? 'unknown error';
    this.close();
    if (code === this.trouble) return;
    this.trouble = code;
    const rest = REFUSED.has(code)
      ? 'output is dropped'
      : 'output is kept for now, and dropped when it becomes too much';
    // a person wants to know what is wrong with the file, not by which system call foster writes
    const reason = error instanceof SystemError ? `${error.code} (${error.reason})` : error.message;
    this.options.report('warn', `unable to write ${this.path}: ${reason}: ${rest}`);
  }

  private recovered(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    const lost = this.backlog.takeLost();
    const tail = lost === 0 ? 'nothing was lost' : `${lost} bytes of output were lost`;
    this.options.report(lost === 0 ? 'info' : 'warn', `${this.path} can be written again: ${tail}`);
  }
}

/** By position, but for what has none. */
const writeAtEnd: Put = (file, bytes, count) =>
  writeSync(file.fd, bytes, 0, count, file.appends ? null : file.size);

/** The last of so many bytes that have just been moved to the end of the file. */
function readBack(file: OpenFile, moved: number): Buffer {
  const length = Math.min(moved, tailBuffer.length);
  const count = readSync(file.fd, tailBuffer, 0, length, file.size + moved - length);
  return tailBuffer.subarray(0, count);
}
