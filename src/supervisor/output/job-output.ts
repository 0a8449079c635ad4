import type { DescriptorAction, Disposable, Kernel, Watch } from '../../kernel/kernel.js';
import { lacksDescriptors } from '../../kernel/files/descriptor-reserve.js';
import { SystemError } from '../../kernel/system-error.js';
import { readChannel, type Channel } from './channel.js';
import { LineSplitter } from './line-splitter.js';
import type { RunEvent } from './log-index-format.js';
import type { Peek } from './peek.js';
import { RecentOutput } from './recent-output.js';
import type { Sink } from './sink.js';

/** Read at a time, and what a pipe holds unless somebody enlarged it (pipe(7)). One for all jobs: bytes are passed on before the next read. */
const buffer = Buffer.alloc(64 * 1024);

/**
 * Bound of one draining: the most that an unprivileged process can make a pipe hold (/proc/sys/fs/pipe-max-size). What was
 * written before a death is among the first so many bytes, however fast other processes of the job go on writing.
 */
const MOST_IN_A_PIPE = 1024 * 1024;

/** Somebody who is given the lines of a job. */
export interface LineFeed extends Disposable {
  /** Lines that are still to come are left where they are, which holds up the job in the end. */
  pause(): void;
  resume(): void;
}

/** What tee(2) answers for a terminal, or where a filter of system calls forbids it. */
const CANNOT_PEEK = new Set(['EINVAL', 'EPERM', 'ENOSYS']);

type RunEnd = Extract<RunEvent, { kind: 'ended' }>;

/** A process has ended. */
interface NotedEnd {
  /** up to here it may have written */
  readonly position: number;
  /** how the run has ended, if it was main */
  readonly run: RunEnd | undefined;
}

/**
 * The output of one job: read in the event loop, passed on to its log file or the console, and its end kept in memory.
 * It lives as long as anybody can write into it, which may be longer than the job: a detached process keeps its output.
 */
export class JobOutput {
  readonly recent = new RecentOutput();
  /** for `posix_spawn`; the same array as long as the channel is open for the job */
  readonly stdio: readonly DescriptorAction[];
  private readonly watch: Watch;
  private readonly listeners = new Set<LineSplitter>();
  private closed = false;
  /** how many bytes have been read */
  private position = 0;
  /** processes that have ended, in order, whose ends are to be reported yet */
  private readonly ends: NotedEnd[] = [];
  private canPeek = true;
  private pauses = 0;
  /** a run of the job goes on, and the next has begun already */
  private isRunning = false;
  private nextRun: number | undefined;

  /** @param onEnd called once, when everything has been closed */
  constructor(
    private readonly channel: Channel,
    readonly sink: Sink,
    private readonly kernel: Pick<Kernel, 'files' | 'descriptors'>,
    private readonly peek: Peek,
    /** called when there is something to read, before it is read */
    beforeRead: () => void,
    private readonly onEnd: () => void,
  ) {
    this.stdio =
      channel.job === undefined
        ? []
        : [
            { target: 1, source: channel.job },
            { target: 2, source: channel.job },
          ];
    this.watch = kernel.descriptors.onReadable(channel.supervisor, () => {
      beforeRead();
      this.read();
    });
    // a supervisor lives by its control socket, not by the output of jobs
    this.watch.unref();
  }

  /** New processes of the job can be given it. */
  get usable(): boolean {
    return !this.closed && this.channel.job !== undefined;
  }

  /** The two descriptors of a channel without a name, as long as new processes of the job can be given it. */
  get unnamed(): { readonly supervisor: number; readonly job: number } | undefined {
    const { job, supervisor, lasting } = this.channel;
    return this.closed || lasting || job === undefined ? undefined : { supervisor, job };
  }

  /**
   * A process of the job has ended: what it wrote is what waits to be read now. The next `drain` is about that.
   * @param run when it was main: how the run has ended
   */
  noteEnd(run?: RunEnd): void {
    if (this.closed) return;
    const { isTerminal, supervisor } = this.channel;
    const position = isTerminal ? Infinity : this.position + this.kernel.files.unreadBytes(supervisor);
    this.ends.push({ position, run });
  }

  /**
   * A process of the job has ended: what it wrote is passed on before this returns, and nothing that was written after the
   * end that was noted.
   */
  drain(): void {
    const { position = Infinity, run } = this.ends.shift() ?? {};
    this.passOn(position);
    if (run !== undefined) this.runEnded(run);
  }

  /** Everything that was written before now, with the ends of those that wrote it. */
  private drainAll(): void {
    while (this.ends.length > 0) this.drain();
    this.passOn(Infinity);
  }

  private passOn(end: number): void {
    if (!this.empty(end)) return;
    this.sink.processEnded();
    for (const lines of this.listeners) lines.end();
  }

  /** The job is gone. Reading goes on until no other process has its end open. */
  release(): void {
    this.drainAll();
    if (this.closed) return;
    this.channel.release();
    this.read();
  }

  /** Calls back with each line that is written from now on, without its newline. */
  onLine(listener: (line: string) => void): LineFeed {
    const lines = new LineSplitter((line) => listener(line.toString('utf8')));
    this.listeners.add(lines);
    let isPaused = false;
    const pause = (on: boolean): void => {
      if (isPaused === on) return;
      isPaused = on;
      this.pause(on);
    };
    return {
      pause: () => pause(true),
      resume: () => pause(false),
      dispose: () => {
        this.listeners.delete(lines);
        pause(false);
      },
    };
  }

  /** A run of the job has begun, perhaps before the end of the one before is known. */
  runStarted(pid: number): void {
    if (this.isRunning) {
      this.nextRun = pid;
      return;
    }
    this.isRunning = true;
    this.sink.mark({ kind: 'started', pid });
  }

  /** The main process has ended, and what it wrote has been passed on. */
  private runEnded(event: RunEnd): void {
    const next = this.nextRun;
    this.nextRun = undefined;
    this.isRunning = false;
    if (this.closed) return;
    this.sink.mark(event);
    if (next !== undefined) this.runStarted(next);
  }

  /** Lets go of everything, whoever may still write. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.watch.dispose();
    this.channel.close();
    this.sink.close();
    this.onEnd();
  }

  /**
   * Lets go of everything, and leaves a FIFO to whoever writes into it and whoever reads it next: this supervisor's next run
   * of the job, or the next supervisor. What has no name goes on being read until its last writer has ended.
   */
  handOver(): void {
    if (!this.channel.lasting) {
      this.release();
      return;
    }
    this.drainAll();
    if (this.closed) return;
    this.closed = true;
    this.watch.dispose();
    this.channel.leave();
    this.sink.close();
    this.onEnd();
  }

  /** Reads what has been written so far, up to a position. @returns false when that was the end */
  private empty(end: number): boolean {
    for (let read = 0; read < MOST_IN_A_PIPE && this.position < end;) {
      const count = this.read(end - this.position);
      if (count === 0) break;
      read += count;
    }
    return !this.closed;
  }

  /** One piece only: the event loop comes back for more, after the other jobs had their turn. */
  private read(most = Infinity): number {
    if (this.closed) return 0;
    const unseen = this.readUnseen(most);
    if (unseen !== undefined) return unseen;
    const seen = this.canPeek ? this.look(most) : undefined;
    const bytes = seen ?? this.take(most);
    if (bytes === 'nothing') return 0;
    if (bytes === 'end') {
      this.close();
      return 0;
    }
    this.position += bytes.length;
    this.recent.append(bytes);
    if (seen !== undefined) this.sink.move(bytes, this.channel.supervisor);
    else this.sink.append(bytes);
    for (const lines of this.listeners) lines.push(bytes);
    return bytes.length;
  }

  /** Nobody wants to see the lines. @returns how many bytes were moved; undefined when they have to be looked at */
  private readUnseen(most: number): number | undefined {
    if (!this.canPeek || this.listeners.size > 0) return undefined;
    const moved = this.sink.moveUnseen?.(this.channel.supervisor, most);
    if (moved === undefined) return undefined;
    if (moved === 'end') this.close();
    if (typeof moved === 'string') return 0;
    this.position += moved.count;
    this.recent.append(moved.tail);
    return moved.count;
  }

  /** They stay in the pipe: the sink moves them. @returns undefined when they cannot be looked at: then they are taken */
  private look(most: number): Buffer | 'nothing' | 'end' | undefined {
    try {
      return this.peek.look(this.channel.supervisor, most);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const isForNow = lacksDescriptors(error);
      if (!isForNow && !CANNOT_PEEK.has(error.code)) throw error;
      this.canPeek = isForNow;
      return undefined;
    }
  }

  private take(most: number): Buffer | 'nothing' | 'end' {
    const space = most < buffer.length ? buffer.subarray(0, most) : buffer;
    const count = readChannel(this.channel, space, this.kernel.files);
    return typeof count === 'number' ? buffer.subarray(0, count) : count;
  }

  private pause(on: boolean): void {
    this.pauses += on ? 1 : -1;
    if (this.closed) return;
    if (on && this.pauses === 1) this.watch.pause();
    else if (!on && this.pauses === 0) this.watch.resume();
  }
}
