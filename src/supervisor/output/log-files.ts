import { mkdirSync } from 'node:fs';
import { DEFAULTS, type JobClass } from '../../jobfile/job-class/job-class.js';
import { Compressor } from './compress.js';
import type { FileCalls } from '../../kernel/kernel.js';
import { LogFile, type Unseen } from './log-file.js';
import type { RunEvent } from './log-index-format.js';
import { isTrustedLog, logPath } from './log-place.js';
import type { StreamRef } from './stream.js';
import type { Report } from '../log/log.js';
import { rotatedFiles, type RotationRule } from './rotation.js';
import type { Sink } from './sink.js';
import { messageOf } from '../../text/phrases.js';

/**
 * Milliseconds between attempts to write what could not be written, doubled up to the second value. No event tells
 * that a file system has become writable or has space again. There is no timer unless something waits.
 */
const FIRST_RETRY = 250;
const LAST_RETRY = 5000;

/**
 * Milliseconds after which index entries are written. If foster is killed before, those lines get the time of the
 * last written entry.
 */
const INDEX_DELAY = 1000;

interface SharedLog {
  readonly file: LogFile;
  users: number;
}

interface LogOwner {
  readonly written: (file: LogFile) => void;
  readonly closed: () => void;
}

/** The way of one job into its log. */
class LogSink implements Sink {
  private open = true;

  constructor(
    private readonly log: SharedLog,
    private readonly owner: LogOwner,
  ) {}

  append(bytes: Buffer): void {
    this.log.file.append(bytes);
    this.owner.written(this.log.file);
  }

  move(bytes: Buffer, pipe: number): void {
    this.log.file.move(bytes, pipe);
    this.owner.written(this.log.file);
  }

  moveUnseen(pipe: number, most: number): Unseen | undefined {
    const moved = this.log.file.moveUnseen(pipe, most);
    if (typeof moved === 'object') this.owner.written(this.log.file);
    return moved;
  }

  processEnded(): void {
    // a file may end in the middle of a line
  }

  mark(event: RunEvent): void {
    this.log.file.mark(event);
    this.owner.written(this.log.file);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.log.users -= 1;
    this.owner.closed();
  }
}

/** The log files of all jobs. Jobs whose names give the same file (`a/b` and `a_b`) share it. */
export class LogFiles {
  private readonly logs = new Map<string, SharedLog>();
  private timer: NodeJS.Timeout | undefined;
  private delay = FIRST_RETRY;
  /** by the path that a class names: the path that is used */
  private readonly known = new Map<string, string>();
  private readonly compressor: Compressor;
  private indexTimer: NodeJS.Timeout | undefined;
  private readonly owner: LogOwner = {
    written: (file) => this.written(file),
    closed: () => this.closeUnused(),
  };

  constructor(
    private readonly directory: string,
    /** directory of their indexes */
    private readonly indexes: string,
    private readonly files: Pick<FileCalls, 'splice' | 'discard'>,
    private readonly report: Report,
  ) {
    this.compressor = new Compressor(report);
    try {
      mkdirSync(directory, { recursive: true });
    } catch (error) {
      // not fatal: the directory may appear later, and perhaps no job has a log
      report('warn', `unable to make the log directory: ${messageOf(error)}`);
    }
  }

  open(job: StreamRef, jobClass: JobClass | undefined): Sink {
    const path = this.pathOf(job, jobClass);
    const log = this.logs.get(path) ?? { file: this.newFile(path, jobClass), users: 0 };
    log.users += 1;
    this.logs.set(path, log);
    return new LogSink(log, this.owner);
  }

  /** Returns the log files of the job that exist, oldest first. */
  filesOf(job: StreamRef, jobClass: JobClass | undefined): readonly string[] {
    return rotatedFiles(
      this.known.get(logPath(this.directory, job, jobClass)) ?? logPath(this.directory, job, jobClass),
    );
  }

  /** Reopens all files, and writes what could not be written before. */
  reopen(): void {
    for (const { file } of this.logs.values()) {
      file.close();
      file.retry();
    }
    this.closeUnused();
  }

  /** Writes what can be written now, and drops the rest. */
  close(): void {
    clearTimeout(this.timer);
    clearTimeout(this.indexTimer);
    this.timer = undefined;
    this.indexTimer = undefined;
    for (const { file } of this.logs.values()) {
      file.retry();
      file.close();
    }
    this.logs.clear();
  }

  /** Closes logs that no job uses, unless something still waits to be written. */
  private closeUnused(): void {
    for (const [path, { file, users }] of this.logs) {
      if (users > 0 || file.blocked) continue;
      file.close();
      this.logs.delete(path);
    }
  }

  /** Returns the path that the class names, or the default if that path cannot be trusted. */
  private pathOf(job: StreamRef, jobClass: JobClass | undefined): string {
    const path = logPath(this.directory, job, jobClass);
    if (jobClass?.logFile === undefined || this.logs.has(path)) return path;
    const used = isTrustedLog(path, this.report) ? path : logPath(this.directory, job, undefined);
    this.known.set(path, used);
    return used;
  }

  private newFile(path: string, jobClass: JobClass | undefined): LogFile {
    const { indexes, files, report, compressor } = this;
    const rotation = ruleOf(jobClass);
    return new LogFile({
      path,
      indexes,
      files,
      report,
      rotation,
      mayBeDevice: jobClass?.logFile !== undefined,
      ...(rotation?.compress === true && { rotated: () => compressor.compressOldFiles(path) }),
    });
  }

  private written(file: LogFile): void {
    if (file.blocked) this.retryLater();
    if (!file.hasUnwrittenIndex || this.indexTimer !== undefined) return;
    this.indexTimer = setTimeout(() => this.flushIndexes(), INDEX_DELAY);
    this.indexTimer.unref();
  }

  private flushIndexes(): void {
    this.indexTimer = undefined;
    for (const { file } of this.logs.values()) file.flushIndex();
  }

  private retryLater(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => this.retry(), this.delay);
    this.timer.unref();
  }

  private retry(): void {
    this.timer = undefined;
    for (const { file } of this.logs.values()) file.retry();
    this.closeUnused();
    const blocked = [...this.logs.values()].some(({ file }) => file.blocked);
    this.delay = blocked ? Math.min(this.delay * 2, LAST_RETRY) : FIRST_RETRY;
    if (blocked) this.retryLater();
  }
}

type Rotated = Pick<JobClass, 'logSize' | 'logCount' | 'logPeriod' | 'logCompress'>;

/** Returns the rule of rotation. A size of 0 means that the file is not rotated by size. */
function ruleOf(jobClass: JobClass | undefined): RotationRule | undefined {
  const {
    logSize: size,
    logCount: count,
    logPeriod: period,
    logCompress: compress,
  }: Rotated = jobClass ?? DEFAULTS;
  if (size === 0 && period === undefined) return undefined;
  return { size: size === 0 ? undefined : size, count, period, compress };
}
