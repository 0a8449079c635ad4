import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { FileCalls } from '../../kernel/kernel.js';
import { Backlog } from './backlog.js';
import type { Report } from '../log/log.js';
import { descriptorPath } from '../../kernel/proc/proc-file.js';
import { errorCode } from '../../kernel/errno.js';
import { messageOf } from '../../text/phrases.js';

/** Enough for some seconds of a verbose container whose stdout nobody reads. */
const BACKLOG_LIMIT = 1024 * 1024;

/** How long to wait before the next attempt while nobody reads. Otherwise there is no timer. */
const RETRY_MILLISECONDS = 20;

type Write = (bytes: Uint8Array) => number;

/**
 * Writes to foster's own stdout without ever blocking on its reader: a full pipe to `docker logs`, or a terminal
 * stopped by ^S. Beyond a limit, whole lines are dropped and counted.
 *
 * Node's own `process.stdout` would block, since its writes to pipes and files are synchronous. And the descriptor
 * cannot be made non-blocking, since the flag belongs to the open file, which the shell and COMMAND share.
 */
export class ConsoleWriter {
  private readonly backlog: Backlog;
  private readonly writeNow: Write;
  private own: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private broken = false;
  /** it is a terminal, so control characters in the jobs' output are escaped */
  readonly isTerminal: boolean;

  /**
   * @param fd foster's stdout or stderr; it stays open
   * @param report reports dropped lines; it must not write here again, which would never end
   */
  constructor(
    fd: number,
    files: Pick<FileCalls, 'writeNow'>,
    private readonly report: Report,
    backlogLimit = BACKLOG_LIMIT,
  ) {
    this.backlog = new Backlog(backlogLimit);
    this.isTerminal = isatty(fd);
    this.writeNow = this.choose(fd, files);
  }

  /** Writes one or more whole lines. */
  write(lines: string | Uint8Array): void {
    if (this.broken) return;
    this.backlog.push(typeof lines === 'string' ? Buffer.from(lines) : lines);
    if (this.timer === undefined) this.flush();
  }

  /** Writes what can be written now, and drops the rest. */
  close(): void {
    this.flush();
    clearTimeout(this.timer);
    this.timer = undefined;
    this.broken = true;
    if (this.own !== undefined) closeSync(this.own);
    this.own = undefined;
  }

  private flush(): void {
    this.timer = undefined;
    while (this.backlog.length > 0) {
      const written = this.attempt(this.backlog.peek());
      if (written === 0) {
        this.timer = setTimeout(() => this.flush(), RETRY_MILLISECONDS);
        return;
      }
      this.backlog.remove(written);
    }
    const lost = this.backlog.takeLost();
    if (lost > 0) this.report('warn', `standard output was too slow: ${lost} bytes of output were dropped`);
  }

  private attempt(bytes: Uint8Array): number {
    try {
      return this.writeNow(bytes);
    } catch (error) {
      if (errorCode(error) === 'EAGAIN') return 0;
      // EPIPE: there is no reader any more; EIO: the terminal is gone
      this.broken = true;
      this.report(
        'warn',
        `unable to write to standard output: ${messageOf(error)}: output is dropped from now on`,
      );
      return bytes.length;
    }
  }

  private choose(fd: number, files: Pick<FileCalls, 'writeNow'>): Write {
    const stats = fstatSync(fd);
    if (stats.isFile()) return (bytes) => writeSync(fd, bytes);
    const own = stats.isFIFO() || stats.isCharacterDevice() ? reopen(fd) : undefined;
    if (own === undefined) return (bytes) => files.writeNow(fd, bytes);
    this.own = own;
    return (bytes) => writeSync(own, bytes);
  }
}

/**
 * Opens the same pipe or terminal again, with file status flags of our own. The kernel refuses that for a pipe made
 * by another user (containers with `user:`).
 */
function reopen(fd: number): number | undefined {
  try {
    return openSync(descriptorPath(fd), constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}
