/** Gives each job the descriptors that it writes to, and reads what it writes. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { DescriptorAction, Kernel } from '../../kernel/kernel.js';
import type { JobRef } from '../core/contract.js';
import type { Effects, Part } from '../engine/part.js';
import type { ReportLane } from '../engine/report-lane.js';
import type { Identity } from '../launch/identity.js';
import type { LaunchRequest } from '../launch/launch-request.js';
import type { StdioSource } from '../launch/program-preparation.js';
import { savedChannel, type Channel } from './channel.js';
import { consoleDescriptors, type ConsoleDescriptors } from './console-descriptors.js';
import { JobOutput } from './job-output.js';
import { combinedFeed, type LineFeed } from './line-splitter.js';
import { LogFiles } from './log-files.js';
import { Peek } from './peek.js';
import type { RecentOutput } from './recent-output.js';
import type { SavedOutput } from './saved-output.js';
import type { Sink } from './sink.js';
import { stderrOf, streamKey, type StreamRef } from './stream.js';
import { StreamEnds, type StreamEndsOptions, type StreamKind } from './stream-ends.js';

export interface OutputOptions extends StreamEndsOptions {
  readonly kernel: Pick<Kernel, 'files' | 'descriptors'>;
  readonly logdir: string;
  /** directory of the indexes of log files */
  readonly logIndex: string;
  /** `/dev/console` if foster is the init of a machine: `console output` and `console owner` use it, as in Upstart */
  readonly consoleDevice: string | undefined;
  /** called before new output is read, so that reports of earlier events come first */
  readonly beforeRead: () => void;
}

/** The wait status of main; undefined if it is unknown. */
export interface MainEnd {
  readonly status: number | undefined;
}

interface Entry {
  readonly stream: StreamRef;
  readonly class: JobClass | undefined;
  readonly output: JobOutput;
  /** its FIFO has lost its name, or it has none although it could have: the next run gets a new one */
  isStale: boolean;
}

const NOTHING: readonly DescriptorAction[] = [];

export class JobOutputs implements StdioSource, Part {
  /** by key of the stream */
  private readonly outputs = new Map<string, Entry>();
  /** the current outputs, and those of former runs that somebody still writes to */
  private readonly open = new Set<JobOutput>();
  /** the last lines of jobs that have just gone, which the report of their end still needs */
  private readonly lastWords = new Map<string, RecentOutput>();
  private readonly logs: LogFiles;
  private readonly ends: StreamEnds;
  private readonly peek: Peek;
  /** the descriptors of jobs whose two streams are separate */
  private readonly split = new WeakMap<
    JobOutput,
    { readonly stderr: JobOutput; readonly stdio: readonly DescriptorAction[] }
  >();
  private readonly descriptors: ConsoleDescriptors;

  constructor(private readonly options: OutputOptions) {
    this.logs = new LogFiles(options.logdir, options.logIndex, options.kernel.files, options.report);
    this.ends = new StreamEnds(options, this.logs);
    this.peek = new Peek(options.kernel.files);
    this.descriptors = consoleDescriptors(options.consoleDevice);
  }

  stdio({ job, class: jobClass }: LaunchRequest, owner: Identity | undefined): readonly DescriptorAction[] {
    const kind = jobClass.console ?? this.options.defaultConsole;
    if (kind === 'none') return NOTHING;
    if (kind === 'owner') return this.descriptors.owner;
    if (kind === 'output' && this.descriptors.output !== undefined) return this.descriptors.output;
    if (kind === 'log' && jobClass.logSplit === true) return this.splitStdio(job, jobClass, owner);
    return this.outputOf(job, jobClass, kind, owner).stdio;
  }

  /**
   * Reads the output of a recovered job again. Output that did not go through a FIFO is lost, unless it was kept.
   *
   * @param jobClass the class that the job was started with; undefined if only detached processes of it are alive
   * @param kept after a re-exec, what `keepOpen` returned for this job before it, without FIFOs; after a crash, what `findLost` returned
   */
  restoreJob(
    job: JobRef,
    jobClass: JobClass | undefined,
    owner: Identity | undefined,
    kept: readonly SavedOutput[],
  ): void {
    for (const { stream, supervisor, end } of kept) {
      const ref = stream === undefined ? job : stderrOf(job);
      this.add(ref, jobClass, savedChannel(supervisor, end), this.ends.reopenSink(ref, jobClass));
      this.markStale(streamKey(ref));
      if (jobClass === undefined) this.outputs.get(streamKey(ref))?.output.release();
    }
    // if there are two streams, the other one may still have its name
    if (jobClass !== undefined && !kept.some(({ stream }) => stream === undefined))
      this.stdio({ job, class: jobClass, process: 'main', env: [] }, owner);
  }

  /** Finds the FIFOs of a recovered job that have lost their names; its processes still write to them. */
  findLost(job: JobRef, pids: readonly number[]): readonly SavedOutput[] {
    return [job, stderrOf(job)].flatMap((ref: StreamRef): SavedOutput[] => {
      const ends = this.ends.findLost(ref, pids);
      return ends === undefined ? [] : [{ job, stream: ref.stream, ...ends }];
    });
  }

  /**
   * Writes all output to the logs before a re-exec, and returns what must stay open. Pipes and terminals stay open
   * so that jobs do not get SIGPIPE. FIFOs do because the kernel drops the contents of a FIFO that no process has
   * open, and a job may end before the new program reads it. Closes nothing, since the re-exec may fail.
   */
  keepOpen(): readonly SavedOutput[] {
    const kept: SavedOutput[] = [];
    for (const { stream: ref, output } of this.outputs.values()) {
      output.drainAll();
      const { unnamed, fifo } = output;
      const [job, stream] = [{ name: ref.name, instance: ref.instance }, ref.stream];
      if (unnamed !== undefined) kept.push({ job, stream, supervisor: unnamed.supervisor, end: unnamed.job });
      if (fifo !== undefined) kept.push({ job, stream, supervisor: fifo, end: fifo, isFifo: true });
    }
    this.logs.reopen();
    return kept;
  }

  /**
   * Reads the FIFOs that no recovered job uses. What is still in them goes to the jobs' logs, and detached processes keep
   * their output. Must be called once, after the last `restoreJob`.
   */
  restoreUnclaimed(): void {
    for (const { stream, open } of this.ends.present()) {
      if (this.outputs.has(streamKey(stream))) continue;
      this.add(stream, undefined, open(), this.logs.open(stream, undefined));
      // most of them have no writer any more, and so end here
      this.outputs.get(streamKey(stream))?.output.release();
    }
    this.ends.recovered();
  }

  /**
   * Handles the removal of the run directory. FIFOs have lost their names: foster reads them on, and the next run of each job
   * gets a new one. The indexes of logs may have been there, too, and start anew.
   */
  runDirectoryLost(): void {
    for (const key of this.outputs.keys()) this.markStale(key);
    this.logs.reopen();
  }

  /** Has no effect on a terminal, which has no name to lose. */
  private markStale(key: string): void {
    const entry = this.outputs.get(key);
    if (entry !== undefined && (entry.class?.console ?? this.options.defaultConsole) !== 'pty')
      entry.isStale = true;
  }

  /** Goes on reading as long as a process can write to the job's output. */
  jobGone(job: JobRef): void {
    for (const output of this.streamsOf(job)) output.release();
  }

  /** Returns the last lines that the job wrote in this run, oldest first. Works until the next turn of the event loop after the job has gone. */
  lastLines(job: JobRef, count: number): readonly string[] {
    const lines = [streamKey(job), streamKey(stderrOf(job))].flatMap((key) => {
      const recent = this.outputs.get(key)?.output.recent ?? this.lastWords.get(key);
      return recent?.lines(count) ?? [];
    });
    return lines.slice(-count);
  }

  /**
   * Handles the end of a process of the job: its output goes to the log before its end is reported. What it wrote is decided
   * now, before the next process starts to write; reading it is a report.
   * @param main how main ended; undefined for another process
   */
  processEnded(job: JobRef, main: MainEnd | undefined, lane: Pick<ReportLane, 'add'>): void {
    const both = this.outputs.get(streamKey(job))?.output;
    for (const output of this.streamsOf(job))
      output.noteEnd(main !== undefined && output === both ? { kind: 'ended', ...main } : undefined);
    lane.add(() => {
      for (const output of this.streamsOf(job)) output.drain();
    });
  }

  /**
   * Handles the start of main, at once after its launch: it may write, and even end, before anything is reported.
   * Recording it in the log's index is a report.
   */
  mainStarted(job: JobRef, main: number, lane: Pick<ReportLane, 'add'>): void {
    const { output } = this.outputs.get(streamKey(job)) ?? {};
    if (output === undefined) return;
    output.noteStart(main);
    lane.add(() => output.reportStarts());
  }

  /** The last lines of a new run do not include those of the run before. */
  readonly effects = {
    'job-changed': {
      report: ({ job, from, to }) => {
        if (from === to || to !== 'starting') return;
        for (const output of this.streamsOf(job)) output.recent.clear();
      },
    },
  } satisfies Effects<'job-changed'>;

  /** Calls back with each line that the job writes (`ready log`). @returns undefined if foster does not read its output */
  onLine(job: JobRef, listener: (line: string) => void): LineFeed | undefined {
    return combinedFeed(this.streamsOf(job).map((output) => output.onLine(listener)));
  }

  /**
   * Returns the log files of the job that exist, oldest rotation first.
   * @param current the job's class, used if the job has no output now
   */
  logFiles(job: JobRef, stream: 'stdout' | 'stderr', current?: JobClass): readonly string[] {
    const jobClass = this.outputs.get(streamKey(job))?.class ?? current;
    if (stream === 'stdout') return this.logs.filesOf(job, jobClass);
    return jobClass?.logSplit === true ? this.logs.filesOf(stderrOf(job), jobClass) : [];
  }

  /** Reopens all log files, and writes what could not be written before (`initctl notify-disk-writeable`). */
  reopenLogs(): void {
    this.logs.reopen();
  }

  /** Closes everything. FIFOs stay for the next supervisor, and their writers notice nothing. */
  close(): void {
    for (const { output } of this.outputs.values()) output.handOver();
    for (const output of this.open) output.close();
    this.outputs.clear();
    this.logs.close();
    this.peek.close();
  }

  private streamsOf(job: JobRef): readonly JobOutput[] {
    return [streamKey(job), streamKey(stderrOf(job))].flatMap((key) => this.outputs.get(key)?.output ?? []);
  }

  /**
   * Returns the standard streams of a job with `log split`; without a FIFO both go to one file. The array is the
   * same as long as the outputs are.
   */
  private splitStdio(
    job: JobRef,
    jobClass: JobClass,
    owner: Identity | undefined,
  ): readonly DescriptorAction[] {
    const stdout = this.outputOf(job, jobClass, 'log', owner);
    if (this.options.fifodir === undefined) return stdout.stdio;
    const stderr = this.outputOf(stderrOf(job), jobClass, 'log', owner);
    const known = this.split.get(stdout);
    if (known?.stderr === stderr) return known.stdio;
    const stdio = [...stdout.stdio.slice(0, 1), ...stderr.stdio.slice(1)];
    this.split.set(stdout, { stderr, stdio });
    return stdio;
  }

  private outputOf(
    stream: StreamRef,
    jobClass: JobClass,
    kind: StreamKind,
    owner: Identity | undefined,
  ): JobOutput {
    const key = streamKey(stream);
    const existing = this.outputs.get(key);
    // once an output was released, foster no longer has the job's end of it
    if (existing?.class === jobClass && !existing.isStale && existing.output.usable) return existing.output;
    existing?.output.handOver();
    const channel = this.ends.openChannel(stream, kind, owner);
    const output = this.add(stream, jobClass, channel, this.ends.openSink(stream, jobClass, kind));
    // a pipe because of an error: the next run may get a FIFO
    if (this.options.fifodir !== undefined && !channel.lasting) this.markStale(key);
    return output;
  }

  private add(stream: StreamRef, jobClass: JobClass | undefined, channel: Channel, sink: Sink): JobOutput {
    const key = streamKey(stream);
    const { kernel, beforeRead } = this.options;
    const output: JobOutput = new JobOutput(channel, sink, kernel, this.peek, beforeRead, () => {
      this.open.delete(output);
      if (this.outputs.get(key)?.output !== output) return;
      this.outputs.delete(key);
      this.keepLastWords(key, output.recent);
    });
    this.open.add(output);
    this.outputs.set(key, { stream, class: jobClass, output, isStale: false });
    return output;
  }

  private keepLastWords(key: string, recent: RecentOutput): void {
    this.lastWords.set(key, recent);
    setImmediate(() => {
      if (this.lastWords.get(key) === recent) this.lastWords.delete(key);
    });
  }
}
