import { constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Console, JobClass } from '../../jobfile/job-class/job-class.js';
import type { DescriptorAction, Kernel } from '../../kernel/kernel.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import type { Identity } from '../launch/identity.js';
import type { LaunchRequest } from '../launch/launch-request.js';
import type { StdioSource } from '../launch/launcher.js';
import { jobFileName, jobOfFileName } from '../state/job-file-name.js';
import { savedChannel, openFifo, openPipe, openTerminal, readFifo, type Channel } from './channel.js';
import type { ConsoleFormat } from './console-format.js';
import type { ConsoleWriter } from './console-writer.js';
import type { Effects, Part } from '../engine/part.js';
import type { ReportLane } from '../engine/report-lane.js';
import { findLostFifo } from './lost-fifo.js';
import { JobOutput, type LineFeed } from './job-output.js';
import { LogFiles } from './log-files.js';
import type { StreamRef } from './log-place.js';
import { Peek } from './peek.js';
import type { RecentOutput } from './recent-output.js';
import type { Report } from '../log/log.js';
import { ConsoleSink, type Sink } from './sink.js';

export interface OutputOptions {
  readonly kernel: Pick<Kernel, 'files' | 'descriptors'>;
  readonly logdir: string;
  /** directory of the indexes of logs */
  readonly logIndex: string;
  /** of the FIFOs, an existing directory; undefined where the run directory cannot be written */
  readonly fifodir: string | undefined;
  /** for jobs that do not say (`--default-console`) */
  readonly defaultConsole: Console;
  readonly defaultFormat: ConsoleFormat;
  /** for `console output` without a console device */
  readonly console: Pick<ConsoleWriter, 'write' | 'isTerminal'>;
  /** what jobs log goes to the console as well, a prefix a line: what `docker logs` shows */
  readonly logsToConsole?: boolean;
  /** control characters of jobs go to it as they are, though it is a terminal */
  readonly rawConsole?: boolean;
  /** `/dev/console` where foster is the init of a machine: `output` and `owner` are that device, as in Upstart */
  readonly consoleDevice: string | undefined;
  /** called before new output is read: reports of what was before it come first */
  readonly beforeRead: () => void;
  readonly report: Report;
}

/** A pipe or terminal that must stay open over a re-exec. */
export interface SavedOutput {
  readonly job: JobRef;
  /** it is that of standard error alone; undefined: both, or standard output */
  readonly stream: 'stderr' | undefined;
  /** the supervisor's descriptor, and that of the job's end */
  readonly supervisor: number;
  readonly end: number;
}

/** How main ended; undefined: nobody knows. */
export interface MainEnd {
  readonly status: number | undefined;
}

interface Entry {
  readonly job: StreamRef;
  readonly class: JobClass | undefined;
  readonly output: JobOutput;
  /** the next run gets a new one: this one's FIFO has lost its name */
  isStale: boolean;
}

const FIFO_ENDING = '.out';
/** of standard error, where it is kept apart */
const STDERR_ENDING = '.err';
/** the beginning of a line whose end had not come yet */
const REST_ENDING = '.rest';

const NOTHING: readonly DescriptorAction[] = [];

/** stdin, stdout and stderr of the supervisor itself: for COMMAND, and for `console owner` without a console device. */
const OWN: readonly DescriptorAction[] = [0, 1, 2].map((fd) => ({ target: fd, source: fd }));

/** Gives each job its descriptors and takes in what it writes. */
export class JobOutputs implements StdioSource, Part {
  private readonly outputs = new Map<string, Entry>();
  /** the current ones, and those of former runs into which somebody still writes */
  private readonly open = new Set<JobOutput>();
  /** of jobs that have just gone: whoever waited for their end has yet to be told what they wrote last */
  private readonly farewells = new Map<string, RecentOutput>();
  private readonly logs: LogFiles;
  private readonly peek: Peek;
  /** what jobs are given whose two streams are kept apart */
  private readonly split = new WeakMap<
    JobOutput,
    { readonly stderr: JobOutput; readonly stdio: readonly DescriptorAction[] }
  >();
  private readonly device: Readonly<Record<'output' | 'owner', readonly DescriptorAction[]>> | undefined;

  constructor(private readonly options: OutputOptions) {
    this.logs = new LogFiles(options.logdir, options.logIndex, options.kernel.files, options.report);
    this.peek = new Peek(options.kernel.files);
    const { consoleDevice } = options;
    if (consoleDevice !== undefined) {
      // a session leader that opens a terminal without O_NOCTTY gets it as its controlling terminal (tty(4))
      this.device = {
        output: onDevice(consoleDevice, constants.O_RDWR | constants.O_NOCTTY),
        owner: onDevice(consoleDevice, constants.O_RDWR),
      };
    }
  }

  stdio({ job, class: jobClass }: LaunchRequest, owner: Identity | undefined): readonly DescriptorAction[] {
    const kind = jobClass.console ?? this.options.defaultConsole;
    if (kind === 'none') return NOTHING;
    if (kind === 'owner') return this.device?.owner ?? OWN;
    if (kind === 'output' && this.device !== undefined) return this.device.output;
    if (kind === 'log' && jobClass.logSplit === true) return this.splitStdio(job, jobClass, owner);
    return this.outputOf(job, jobClass, kind, owner).stdio;
  }

  /**
   * Takes the output of a job over from a former supervisor. What did not go by a FIFO is lost, unless it was kept.
   *
   * @param jobClass the class with which the job was started; undefined where only detached processes of it live
   * @param kept what the former supervisor's `keepUnnamed` gave for this job after a re-exec, or `findLost` after a crash
   */
  restoreJob(
    job: JobRef,
    jobClass: JobClass | undefined,
    owner: Identity | undefined,
    kept: readonly SavedOutput[],
  ): void {
    for (const { stream, supervisor, end } of kept) {
      const ref = stream === undefined ? job : stderrOf(job);
      this.add(ref, jobClass, savedChannel(supervisor, end), this.sinkOf(ref, jobClass));
      this.markStale(keyOf(ref));
      if (jobClass === undefined) this.outputs.get(keyOf(ref))?.output.release();
    }
    // of two streams, one may have kept its name
    if (jobClass !== undefined && !kept.some(({ stream }) => stream === undefined))
      this.stdio({ job, class: jobClass, process: 'main', env: [] }, owner);
  }

  /** What a former supervisor read, and what has no name any more: its processes still write into it. */
  findLost(job: JobRef, pids: readonly number[]): readonly SavedOutput[] {
    return [job, stderrOf(job)].flatMap((ref: StreamRef): SavedOutput[] => {
      const path = this.fifoOf(ref);
      const ends = path === undefined ? undefined : findLostFifo(path, pids);
      return ends === undefined ? [] : [{ job, stream: ref.stream, ...ends }];
    });
  }

  /**
   * Before a re-exec: everything that was written is in the logs, and the descriptors of pipes and terminals are named, which
   * have to stay open lest the jobs get SIGPIPE. Nothing is closed: the re-exec may fail.
   */
  keepUnnamed(): readonly SavedOutput[] {
    const kept: SavedOutput[] = [];
    for (const { job, output } of this.outputs.values()) {
      output.drain();
      if (output.unnamed !== undefined)
        kept.push({
          job: { name: job.name, instance: job.instance },
          stream: job.stream,
          supervisor: output.unnamed.supervisor,
          end: output.unnamed.job,
        });
    }
    this.logs.reopen();
    return kept;
  }

  /**
   * FIFOs that no job has claimed: what is still in them is written to the jobs' logs, and detached processes that
   * have them open keep their output. Call it once, after the last `restoreJob`.
   */
  restoreUnclaimed(): void {
    const { fifodir } = this.options;
    for (const file of fifodir === undefined ? [] : filesIn(fifodir)) {
      const stderr = jobOfFileName(file, STDERR_ENDING);
      const job = stderr === undefined ? jobOfFileName(file, FIFO_ENDING) : stderrOf(stderr);
      if (job === undefined || this.outputs.has(keyOf(job))) continue;
      this.add(job, undefined, readFifo(join(fifodir!, file)), this.logs.open(job, undefined));
      // nobody can write into most of them any more: they end here
      this.outputs.get(keyOf(job))?.output.release();
    }
  }

  /**
   * The run directory was removed. FIFOs have lost their names: they are read on, and the next run of each job gets a new one.
   * Indexes of logs may have been there, too: they are begun anew.
   */
  runDirectoryLost(): void {
    for (const key of this.outputs.keys()) this.markStale(key);
    this.logs.reopen();
  }

  /** A terminal has no name that it could lose. */
  private markStale(key: string): void {
    const entry = this.outputs.get(key);
    if (entry !== undefined && (entry.class?.console ?? this.options.defaultConsole) !== 'pty')
      entry.isStale = true;
  }

  /**
   * A process of the job has ended, which is to be reported when what it wrote is in its log: what that is, is decided here,
   * before another one begins to write.
   * @param main how it ended, if it is main that has ended
   */
  noteEnd(job: JobRef, main?: MainEnd): void {
    const both = this.outputs.get(keyOf(job))?.output;
    for (const output of this.streamsOf(job))
      output.noteEnd(main !== undefined && output === both ? { kind: 'ended', ...main } : undefined);
  }

  /** A process of the job has ended: everything that it wrote is in its log when this returns. See `noteEnd`. */
  drain(job: JobRef): void {
    for (const output of this.streamsOf(job)) output.drain();
  }

  /** What still writes into the job's output is still read. */
  jobGone(job: JobRef): void {
    for (const output of this.streamsOf(job)) output.release();
  }

  /** The last lines that the job wrote in this run, oldest first; of a job that is gone, until the event loop turns. */
  lastLines(job: JobRef, count: number): readonly string[] {
    const lines = [keyOf(job), keyOf(stderrOf(job))].flatMap((key) => {
      const recent = this.outputs.get(key)?.output.recent ?? this.farewells.get(key);
      return recent?.lines(count) ?? [];
    });
    return lines.slice(-count);
  }

  /**
   * A process of the job has ended: what it wrote is in the log before its end is reported.
   * @param main how it ended, if it is main that has ended
   */
  processEnded(job: JobRef, main: MainEnd | undefined, lane: Pick<ReportLane, 'add'>): void {
    this.noteEnd(job, main);
    lane.add(() => this.drain(job));
  }

  /** The job's main process runs. */
  runStarted(job: JobRef, main: number): void {
    this.outputs.get(keyOf(job))?.output.runStarted(main);
  }

  /** A new run's last lines are its own. */
  readonly effects = {
    'job-changed': {
      report: ({ job, from, to }) => {
        if (from === to || to !== 'starting') return;
        for (const output of this.streamsOf(job)) output.recent.clear();
      },
    },
  } satisfies Effects<'job-changed'>;

  /** Lines as they are written, while the job has an output (`ready log`, `foster log -f`). Undefined: it has none. */
  onLine(job: JobRef, listener: (line: string) => void): LineFeed | undefined {
    const feeds = this.streamsOf(job).map((output) => output.onLine(listener));
    const [first, second] = feeds;
    if (second === undefined) return first;
    const all = (act: (feed: LineFeed) => void) => (): void => feeds.forEach(act);
    return {
      pause: all((feed) => feed.pause()),
      resume: all((feed) => feed.resume()),
      dispose: all((feed) => feed.dispose()),
    };
  }

  /**
   * Log files of the job that exist, oldest rotation first.
   * @param current the job's class, for one that has no output now
   */
  logFiles(job: JobRef, stream: 'stdout' | 'stderr', current?: JobClass): readonly string[] {
    const jobClass = this.outputs.get(keyOf(job))?.class ?? current;
    if (stream === 'stdout') return this.logs.filesOf(job, jobClass);
    return jobClass?.logSplit === true ? this.logs.filesOf(stderrOf(job), jobClass) : [];
  }

  /** Writes what could not be written before (`initctl notify-disk-writeable`), and opens every log file anew. */
  reopenLogs(): void {
    this.logs.reopen();
  }

  /** Ends everything; FIFOs are left for the next supervisor, and those who write into them do not notice. */
  close(): void {
    for (const { output } of this.outputs.values()) output.handOver();
    for (const output of this.open) output.close();
    this.outputs.clear();
    this.logs.close();
    this.peek.close();
  }

  private streamsOf(job: JobRef): readonly JobOutput[] {
    return [keyOf(job), keyOf(stderrOf(job))].flatMap((key) => this.outputs.get(key)?.output ?? []);
  }

  /** Where there can be no second FIFO, both go into one file. The same array as long as the two are the same. */
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
    job: StreamRef,
    jobClass: JobClass,
    kind: 'log' | 'output' | 'pty',
    owner: Identity | undefined,
  ): JobOutput {
    const key = keyOf(job);
    const existing = this.outputs.get(key);
    // a released output has no end for the job any more
    if (existing?.class === jobClass && !existing.isStale && existing.output.usable) return existing.output;
    existing?.output.handOver();
    const channel = kind === 'pty' ? openTerminal(this.options.kernel.files) : this.channel(job, owner);
    const output = this.add(job, jobClass, channel, this.sink(job, jobClass, kind));
    // the next run may get a FIFO
    if (this.options.fifodir !== undefined && !channel.lasting) this.markStale(key);
    return output;
  }

  private add(job: StreamRef, jobClass: JobClass | undefined, channel: Channel, sink: Sink): JobOutput {
    const key = keyOf(job);
    const { kernel, beforeRead } = this.options;
    const output: JobOutput = new JobOutput(channel, sink, kernel, this.peek, beforeRead, () => {
      this.open.delete(output);
      if (this.outputs.get(key)?.output !== output) return;
      this.outputs.delete(key);
      this.logRecentOutput(key, output.recent);
    });
    this.open.add(output);
    this.outputs.set(key, { job, class: jobClass, output, isStale: false });
    return output;
  }

  private logRecentOutput(key: string, recent: RecentOutput): void {
    this.farewells.set(key, recent);
    setImmediate(() => {
      if (this.farewells.get(key) === recent) this.farewells.delete(key);
    });
  }

  /** Path of its FIFO; undefined where there is none. */
  private fifoOf(job: StreamRef): string | undefined {
    const { fifodir } = this.options;
    const ending = job.stream === undefined ? FIFO_ENDING : STDERR_ENDING;
    return fifodir && join(fifodir, jobFileName(job, ending));
  }

  private channel(job: StreamRef, owner: Identity | undefined): Channel {
    const { kernel, report } = this.options;
    const path = this.fifoOf(job);
    if (path === undefined) return openPipe(kernel.files);
    try {
      return openFifo(path, owner, kernel.files);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report('warn', `${job.name}: its output will not survive a restart of foster: ${reason}`);
      return openPipe(kernel.files);
    }
  }

  /** Of an output that is there already, whatever it is. */
  private sinkOf(job: StreamRef, jobClass: JobClass | undefined): Sink {
    if (jobClass === undefined) return this.logs.open(job, undefined);
    const kind = jobClass.console ?? this.options.defaultConsole;
    return this.sink(job, jobClass, kind === 'output' || kind === 'pty' ? kind : 'log');
  }

  private sink(job: StreamRef, jobClass: JobClass, kind: 'log' | 'output' | 'pty'): Sink {
    const log = kind === 'output' ? undefined : this.logs.open(job, jobClass);
    const { logsToConsole, fifodir, console: writer, rawConsole: raw, kernel, defaultFormat } = this.options;
    if (log !== undefined && logsToConsole !== true) return log;
    const ending = `${job.stream === undefined ? '' : STDERR_ENDING}${REST_ENDING}`;
    const restPath = fifodir && join(fifodir, jobFileName(job, ending));
    const format = jobClass.consoleFormat ?? defaultFormat;
    return new ConsoleSink({ job, format, writer, raw, files: kernel.files, restPath, beside: log });
  }
}

/** Where the directory has been removed, nothing is left of former runs. */
function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

function keyOf({ name, instance, stream }: StreamRef): string {
  const key = jobKey({ name, instance });
  return stream === undefined ? key : `${key}\0${stream}`;
}

function stderrOf({ name, instance }: JobRef): StreamRef {
  return { name, instance, stream: 'stderr' };
}

function onDevice(path: string, flags: number): readonly DescriptorAction[] {
  return [0, 1, 2].map((target) => ({ target, source: { path, flags } }));
}
