import type { DescriptorAction, Kernel, Watch } from '../../kernel/kernel.js';
import { lacksDescriptors } from '../../kernel/files/descriptor-reserve.js';
import { SystemError } from '../../kernel/system-error.js';
import { readChannel, type Channel } from './channel.js';
import { LineSplitter, type LineFeed } from './line-splitter.js';
import type { RunEvent } from './log-index-format.js';
import type { Peek } from './peek.js';
import { RecentOutput } from './recent-output.js';
import type { Sink } from './sink.js';

/**
 * The capacity of a pipe, unless somebody enlarged it (pipe(7)). Shared by all jobs, since bytes are passed on before
 * the next read.
 */
const buffer = Buffer.alloc(64 * 1024);

/**
 * The limit of one drain: the largest pipe that an unprivileged process can make (/proc/sys/fs/pipe-max-size). What a
 * process wrote before it ended is within these bytes, however fast other processes of the job go on writing.
 */
const MAX_PIPE_SIZE = 1024 * 1024;

/** The errors of tee(2) for a terminal, or if a seccomp filter forbids it. */
const CANNOT_PEEK = new Set(['EINVAL', 'EPERM', 'ENOSYS']);

const NO_LISTENERS: readonly LineSplitter[] = [];

type RunEnd = Extract<RunEvent, { kind: 'ended' }>;

/** The noted start of main, or the noted end of a process. */
type Mark = {
  /** the process has written nothing before it (start), or nothing beyond it (end) */
  readonly position: number;
} & (
  | { readonly kind: 'start'; readonly pid: number }
  /** `run` is how the run ended, if the process was main */
  | { readonly kind: 'end'; readonly run: RunEnd | undefined }
);

/**
 * Reads the output of one job in the event loop, passes it on to the log file or console, and keeps the last lines in
 * memory. It exists as long as a process can write to it, which may be longer than the job: a detached process keeps
 * its output.
 */
export class JobOutput {
  readonly recent = new RecentOutput();
  /** for `posix_spawn`; always the same array, as long as the job's end is open */
  readonly stdio: readonly DescriptorAction[];
  private readonly watch: Watch;
  /** few jobs ever have one */
  private listeners: readonly LineSplitter[] = NO_LISTENERS;
  private closed = false;
  /** number of bytes read so far */
  private position = 0;
  /** started and ended processes, in order, that are not reported yet */
  private readonly marks: Mark[] = [];
  private canPeek = true;
  private pauses = 0;

  /** @param onEnd called once, after everything has been closed */
  constructor(
    private readonly channel: Channel,
    readonly sink: Sink,
    private readonly kernel: Pick<Kernel, 'files' | 'descriptors'>,
    private readonly peek: Peek,
    /** called before each read of the event loop */
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
      this.passMarks();
      this.read((this.marks[0]?.position ?? Infinity) - this.position);
    });
    // the output of jobs does not keep the program running
    this.watch.unref();
  }

  /** Tests whether new processes of the job can use it. */
  get usable(): boolean {
    return !this.closed && this.channel.job !== undefined;
  }

  /** Returns the two descriptors of a pipe or terminal, as long as new processes of the job can use it. */
  get unnamed(): { readonly supervisor: number; readonly job: number } | undefined {
    const { job, supervisor, lasting } = this.channel;
    return this.closed || lasting || job === undefined ? undefined : { supervisor, job };
  }

  /** Returns the descriptor by which a FIFO is read. */
  get fifo(): number | undefined {
    const { supervisor, lasting } = this.channel;
    return this.closed || !lasting ? undefined : supervisor;
  }

  /** Notes the start of main, when it has just been launched: what it writes comes after the last noted end. */
  noteStart(pid: number): void {
    if (this.closed) return;
    this.marks.push({ kind: 'start', position: this.marks.at(-1)?.position ?? this.position, pid });
  }

  /**
   * Notes the end of a process of the job: everything in the channel now is the output up to that end. The next
   * `drain` reads just that.
   * @param run how the run ended, if the process was main
   */
  noteEnd(run?: RunEnd): void {
    if (this.closed) return;
    const { isTerminal, supervisor } = this.channel;
    const position = isTerminal ? Infinity : this.position + this.kernel.files.unreadBytes(supervisor);
    this.marks.push({ kind: 'end', position, run });
  }

  /** Reads and passes on what was written before the next noted end, and nothing after it. */
  drain(): void {
    this.reportStarts();
    const end = this.marks.shift();
    if (end !== undefined) this.pass(end);
  }

  /** Records the noted starts up to the next noted end. */
  reportStarts(): void {
    while (this.marks[0]?.kind === 'start') this.pass(this.marks.shift()!);
  }

  /** Reads everything written before now, including all noted ends. */
  drainAll(): void {
    for (let mark = this.marks.shift(); mark !== undefined; mark = this.marks.shift()) this.pass(mark);
    this.readUpTo(Infinity);
  }

  /** Records the marks up to which everything has been read. */
  private passMarks(): void {
    while (this.marks[0] !== undefined && this.marks[0].position <= this.position)
      this.pass(this.marks.shift()!);
  }

  /** Reads up to a mark, and records it in the log's index. */
  private pass(mark: Mark): void {
    if (mark.kind === 'end') this.readUpTo(mark.position);
    else this.consume(mark.position);
    const event = mark.kind === 'start' ? ({ kind: 'started', pid: mark.pid } as const) : mark.run;
    if (event !== undefined && !this.closed) this.sink.mark(event);
  }

  private readUpTo(end: number): void {
    if (!this.consume(end)) return;
    this.sink.processEnded();
    for (const lines of this.listeners) lines.end();
  }

  /** Releases the job's end. Reading goes on until no process has it open. */
  release(): void {
    this.drainAll();
    if (this.closed) return;
    this.channel.release();
    this.read();
  }

  /** Calls back with each line from now on, without its newline. */
  onLine(listener: (line: string) => void): LineFeed {
    const lines = new LineSplitter((line) => listener(line.toString('utf8')));
    this.listeners = [...this.listeners, lines];
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
        this.listeners = this.listeners.filter((other) => other !== lines);
        pause(false);
      },
    };
  }

  /** Closes everything, even if a process still writes. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.watch.dispose();
    this.channel.close();
    this.sink.close();
    this.onEnd();
  }

  /**
   * Closes everything but leaves a FIFO to its writers and its next reader: the next run of the job, or the next
   * supervisor. A pipe or terminal is read until its last writer has ended.
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

  /** Reads what has been written so far, up to a position. @returns false if the channel is closed by now */
  private consume(end: number): boolean {
    for (let read = 0; read < MAX_PIPE_SIZE && this.position < end;) {
      const count = this.read(end - this.position);
      if (count === 0) break;
      read += count;
    }
    return !this.closed;
  }

  /** Reads one chunk only. The event loop comes back for more, after the other jobs had their turn. */
  private read(most = Infinity): number {
    if (this.closed) return 0;
    const unseen = this.readUnseen(most);
    if (unseen !== undefined) return unseen;
    const seen = this.canPeek ? this.peekAt(most) : undefined;
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

  /** Moves bytes to the log without looking at them. @returns how many; undefined if something needs to see them */
  private readUnseen(most: number): number | undefined {
    if (!this.canPeek || this.listeners.length > 0) return undefined;
    const moved = this.sink.moveUnseen?.(this.channel.supervisor, most);
    if (moved === undefined) return undefined;
    if (moved === 'end') this.close();
    if (typeof moved === 'string') return 0;
    this.position += moved.count;
    this.recent.append(moved.tail);
    return moved.count;
  }

  /**
   * Reads bytes but leaves them in the pipe, from which the sink moves them.
   * @returns undefined if that is impossible
   */
  private peekAt(most: number): Buffer | 'nothing' | 'end' | undefined {
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
