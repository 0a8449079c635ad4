import { closeSync, constants, fstatSync, openSync, statSync, writeSync, type BigIntStats } from 'node:fs';
import { Backlog } from './backlog.js';
import type { Report } from './report.js';
import { fitting, rotate, rotatedFiles, type RotationRule } from './rotation.js';

/** Upstart section 7. Not followed through a symbolic link: a job's user may be able to write in the log directory. */
const OPEN_FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  // a FIFO in the place of the file must not hold up the supervisor
  constants.O_NONBLOCK;
const MODE = 0o640;

/** What a job may write while its log cannot be written: a chatty start, not a day's output. */
const BACKLOG_LIMIT = 1024 * 1024;

/** Errors for which waiting is of no use: something else stands where the file should be. */
const REFUSED = new Set(['ELOOP', 'EISDIR', 'ENXIO', 'ENAMETOOLONG']);

const NEWLINE = 0x0a;

class NotAFile extends Error {
  readonly code = 'ENXIO';
}

/**
 * The log file of one job. It is created at the first output, opened anew when it has been moved or deleted, and rotated by
 * its rule. What cannot be written (directory missing or read-only, disk full) is kept up to a bound and written by `retry`.
 */
export class LogFile {
  private open:
    { readonly fd: number; readonly device: bigint; readonly inode: bigint; size: number } | undefined;
  private readonly backlog: Backlog;
  private atLineStart = true;
  /** the error that has been reported and not been overcome */
  private trouble: string | undefined;

  constructor(
    readonly path: string,
    private readonly report: Report,
    private readonly rotation?: RotationRule,
    backlogLimit = BACKLOG_LIMIT,
  ) {
    this.backlog = new Backlog(backlogLimit);
  }

  /** Something waits to be written: call `retry` now and then. */
  get blocked(): boolean {
    return this.backlog.length > 0 || (this.trouble !== undefined && this.backlog.dropped > 0);
  }

  /** Appends; never throws and never waits for the disk to become writable. The bytes may be reused afterwards. */
  append(bytes: Uint8Array): void {
    if (this.backlog.length > 0) {
      this.backlog.push(bytes);
      return;
    }
    const written = this.write(bytes);
    if (written < bytes.length) this.keep(bytes.subarray(written));
  }

  /** Tries to write what could not be written before. */
  retry(): void {
    if (this.backlog.length > 0) this.backlog.remove(this.write(this.backlog.peek()));
  }

  /** Closes the file. What could not be written stays kept, and `retry` opens the file again. */
  close(): void {
    if (this.open === undefined) return;
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

  /** @returns how much was written; what went wrong has been reported then */
  private write(bytes: Uint8Array): number {
    let written = 0;
    try {
      while (written < bytes.length) written += this.writeSome(bytes.subarray(written));
      this.recovered();
    } catch (error) {
      this.failed(error as NodeJS.ErrnoException);
    }
    return written;
  }

  private writeSome(bytes: Uint8Array): number {
    const file = this.current();
    const { rotation } = this;
    const size =
      rotation === undefined ? bytes.length : fitting(bytes, file.size, rotation.size, this.atLineStart);
    const written = size === 0 ? 0 : writeSync(file.fd, bytes, 0, size);
    file.size += written;
    if (written > 0) this.atLineStart = bytes[written - 1] === NEWLINE;
    if (rotation !== undefined && written === size && size < bytes.length) {
      this.close();
      rotate(this.path, rotation.count);
    }
    return written;
  }

  /** The open file, if it is still the one by that name: logrotate and people move it away or delete it. */
  private current(): NonNullable<LogFile['open']> {
    if (this.open !== undefined) {
      const there = statSync(this.path, { bigint: true, throwIfNoEntry: false });
      if (there?.ino === this.open.inode && there.dev === this.open.device) return this.open;
      this.close();
    }
    const fd = openSync(this.path, OPEN_FLAGS, MODE);
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile()) {
      closeSync(fd);
      throw new NotAFile(`${this.path} is not a regular file`);
    }
    this.open = { fd, device: stats.dev, inode: stats.ino, size: sizeOf(stats) };
    this.atLineStart = true;
    return this.open;
  }

  private failed(error: NodeJS.ErrnoException): void {
    const code = error.code ?? 'unknown error';
    this.close();
    if (code === this.trouble) return;
    this.trouble = code;
    const rest = REFUSED.has(code)
      ? 'output is dropped'
      : 'output is kept for now, and dropped when it becomes too much';
    this.report('warn', `unable to write ${this.path}: ${error.message}: ${rest}`);
  }

  private recovered(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    const lost = this.backlog.takeLost();
    const tail = lost === 0 ? 'nothing was lost' : `${lost} bytes of output were lost`;
    this.report(lost === 0 ? 'info' : 'warn', `${this.path} can be written again: ${tail}`);
  }
}

function sizeOf(stats: BigIntStats): number {
  return Number(stats.size);
}
