import { readSync, writeSync } from 'node:fs';
import type { FileCalls } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Report } from '../log/log.js';
import { Backlog } from './backlog.js';
import { CurrentLog, type OpenFile } from './current-log.js';
import type { RunEvent } from './log-index-format.js';
import { NEWLINE } from './open-log.js';
import { SAVED_BYTES } from './recent-output.js';
import { fitting, rotate, rotatedFiles, type RotationRule } from './rotation.js';
import { messageOf } from '../../text/phrases.js';
import { errorCode, isCodedError } from '../../kernel/errno.js';

/** What a job may write while its log cannot be written: a verbose start, not a day's output. */
const BACKLOG_LIMIT = 1024 * 1024;

/** Errors that do not go away by waiting: something else stands in the place of the file. */
const REFUSED = new Set(['ELOOP', 'EISDIR', 'ENXIO', 'ENAMETOOLONG']);

/** splice(2) cannot write to this file: its file system does not support it, or a seccomp filter forbids it. */
const CANNOT_SPLICE = new Set(['EINVAL', 'ENOSYS', 'EOPNOTSUPP', 'EPERM']);

/**
 * The bytes that were moved: how many, and the last ones of them, valid until the next call. 'nothing': the pipe is empty;
 * 'end': it has no writer any more.
 */
export type Unseen = { readonly count: number; readonly tail: Buffer } | 'nothing' | 'end';

/** Bytes that are moved at once: the capacity of a pipe, unless somebody enlarged it (pipe(7)). */
const MAX_UNSEEN = 64 * 1024;

/** Shared by all logs. */
const tailBuffer = Buffer.allocUnsafeSlow(SAVED_BYTES);

/** Writes up to `count` of the bytes at the end of the file, and returns how many it wrote. */
type Put = (file: OpenFile, bytes: Uint8Array, count: number) => number;

interface LogFileOptions {
  readonly path: string;
  /** directory of the indexes */
  readonly indexes: string;
  readonly files: Pick<FileCalls, 'splice' | 'discard'>;
  readonly report: Report;
  readonly rotation?: RotationRule | undefined;
  /** a job file names it, so it may be a device */
  readonly mayBeDevice?: boolean;
  /** called after a rotation: old files may be compressed now */
  readonly rotated?: () => void;
  readonly backlogLimit?: number;
  readonly now?: () => number;
}

/**
 * The log file of one job. It is created at the first output, reopened if it was moved or deleted, and rotated by its rule.
 * What cannot be written (directory missing or read-only, disk full) is kept up to a limit, and `retry` writes it.
 */
export class LogFile {
  readonly path: string;
  private readonly current: CurrentLog;
  private readonly backlog: Backlog;
  private readonly now: () => number;
  /** the error that has been reported and still persists */
  private trouble: string | undefined;

  constructor(private readonly options: LogFileOptions) {
    const { path, indexes, rotation, mayBeDevice = false, report } = options;
    this.path = path;
    this.now = options.now ?? Date.now;
    this.backlog = new Backlog(options.backlogLimit ?? BACKLOG_LIMIT);
    const { now } = this;
    this.current = new CurrentLog({ path, indexes, mayBeDevice, period: rotation?.period, now, report });
  }

  /** Tests whether bytes wait to be written: `retry` must be called from time to time. */
  get blocked(): boolean {
    return this.backlog.length > 0 || (this.trouble !== undefined && this.backlog.dropped > 0);
  }

  /** Tests whether index entries wait to be written: `flushIndex` must be called soon. */
  get hasUnwrittenIndex(): boolean {
    return this.current.hasUnwrittenIndex;
  }

  /** Appends bytes, which the caller may reuse afterwards. Never throws, and never waits for the disk to become writable. */
  append(bytes: Uint8Array): void {
    if (this.backlog.length > 0) {
      this.backlog.push(bytes);
      return;
    }
    const written = this.write(bytes, writeAtEnd);
    if (written < bytes.length) this.keep(bytes.subarray(written));
  }

  /**
   * Moves bytes from a pipe to the end of the file by splice(2), which consumes and writes in one call: if foster is killed,
   * no byte is lost or doubled. Where that is impossible, it does what `append` does.
   * @param bytes the first bytes in the pipe; they are removed from it
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
   * Moves bytes from a pipe to the end of the file without looking at them first, which costs half as much as `move`. This
   * is possible if the file is open and has room for all of them.
   * @param most maximum number of bytes
   * @returns undefined if it is not possible: use `move`
   */
  moveUnseen(pipe: number, most: number): Unseen | undefined {
    const file = this.current.opened;
    if (file?.canSplice !== true || this.backlog.length > 0 || this.trouble !== undefined) return undefined;
    const now = this.now();
    const count = Math.min(most, MAX_UNSEEN);
    const { size = Infinity } = this.options.rotation ?? {};
    try {
      if (this.current.check() !== file || file.size + MAX_UNSEEN > size || now >= file.until)
        return undefined;
      const moved = this.options.files.splice(pipe, file.fd, file.size, count);
      if (moved === undefined) return 'nothing';
      if (moved === 0) return 'end';
      const tail = readBack(file, moved);
      this.written(file, tail, moved, now);
      return { count: moved, tail };
    } catch (error) {
      if (!isCodedError(error)) throw error;
      // nothing was moved; `move` handles the error
      return undefined;
    }
  }

  /** Tries to write what could not be written before. */
  retry(): void {
    if (this.backlog.length > 0) this.backlog.remove(this.write(this.backlog.peek(), writeAtEnd));
  }

  /** Records the start or end of a run of the job. */
  mark(event: RunEvent): void {
    this.current.mark(event);
  }

  flushIndex(): void {
    this.current.flushIndex();
  }

  /** Closes the file. What could not be written is kept, and `retry` opens the file again. */
  close(): void {
    this.current.close();
  }

  /** Returns the log files that exist, oldest first. */
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
          // a job that reads its own output may have consumed the bytes meanwhile
          if (moved !== undefined && moved > 0) return moved;
        } catch (error) {
          if (!CANNOT_SPLICE.has(errorCode(error) ?? '')) throw error;
          file.canSplice = false;
        }
      }
      // if foster is killed in between, these bytes come twice; none is lost
      const written = writeAtEnd(file, bytes, count);
      discard(pipe, written);
      return written;
    };
  }

  /** Reports errors. @returns how many bytes were written */
  private write(bytes: Uint8Array, put: Put): number {
    let written = 0;
    try {
      while (written < bytes.length) written += this.writeSome(bytes.subarray(written), put);
      this.recovered();
    } catch (error) {
      this.failed(error);
    }
    return written;
  }

  private writeSome(bytes: Uint8Array, put: Put): number {
    const file = this.current.check();
    const { rotation } = this.options;
    const now = this.now();
    if (rotation === undefined || file.isDevice)
      return this.written(file, bytes, put(file, bytes, bytes.length), now);
    if (now >= file.until && file.atLineStart && file.size > 0) {
      this.rotate(rotation);
      return 0;
    }
    const size =
      rotation.size === undefined ? bytes.length : fitting(bytes, file.size, rotation.size, file.atLineStart);
    const written = size === 0 ? 0 : this.written(file, bytes, put(file, bytes, size), now);
    if (written === size && size < bytes.length) this.rotate(rotation);
    return written;
  }

  /** @param bytes what was written and perhaps more, or the last bytes of it */
  private written(file: OpenFile, bytes: Uint8Array, count: number, now: number): number {
    const offset = file.size;
    file.size += count;
    if (count > 0) file.atLineStart = bytes[Math.min(count, bytes.length) - 1] === NEWLINE;
    this.current.noteBytes(offset, now);
    return count;
  }

  private rotate(rule: RotationRule): void {
    this.close();
    rotate(this.path, rule.count, this.options.indexes);
    this.options.rotated?.();
  }

  private failed(error: unknown): void {
    const code = errorCode(error) ?? 'unknown error';
    this.close();
    if (code === this.trouble) return;
    this.trouble = code;
    const rest = REFUSED.has(code) ? 'output is dropped' : 'output is kept in memory, up to a limit';
    // for a person the error of the file matters, not the system call that foster used
    const reason = error instanceof SystemError ? `${error.code} (${error.reason})` : messageOf(error);
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

/** Writes at the end of the file by position, which devices and append-only files do not have. */
const writeAtEnd: Put = (file, bytes, count) =>
  writeSync(file.fd, bytes, 0, count, file.appends ? null : file.size);

/** Returns the last bytes of those that were just moved to the end of the file. */
function readBack(file: OpenFile, moved: number): Buffer {
  const length = Math.min(moved, tailBuffer.length);
  const count = readSync(file.fd, tailBuffer, 0, length, file.size + moved - length);
  return tailBuffer.subarray(0, count);
}
