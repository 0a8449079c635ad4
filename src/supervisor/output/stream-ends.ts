/**
 * The two ends of a stream: the channel that the job writes into (FIFO, pipe or terminal), and the sink that gets the bytes
 * (log file, foster's own stdout, or both).
 */
import { join } from 'node:path';
import type { Console, JobClass } from '../../jobfile/job-class/job-class.js';
import { namesIfPossible } from '../../kernel/files/stat.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { JobRef } from '../core/contract.js';
import type { Identity } from '../launch/identity.js';
import type { Report } from '../log/log.js';
import { jobFileName, jobOfFileName } from '../state/job-file-name.js';
import { openFifo, openPipe, openTerminal, readFifo, type Channel } from './channel.js';
import type { ConsoleWriter } from './console-writer.js';
import { HeldFifos } from './held-fifos.js';
import type { LogFiles } from './log-files.js';
import { findLostFifo, type FifoEnds } from './lost-fifo.js';
import { ConsoleSink, type Sink } from './sink.js';
import { stderrOf, type StreamRef } from './stream.js';
import { messageOf } from '../../text/phrases.js';

export interface StreamEndsOptions {
  readonly kernel: Pick<Kernel, 'files'>;
  /** existing directory of the FIFOs; undefined if the run directory cannot be written */
  readonly fifodir: string | undefined;
  /** for jobs without a `console` stanza (`--default-console`) */
  readonly defaultConsole: Console;
  /** foster's own stdout, for `console output` without a console device */
  readonly console: Pick<ConsoleWriter, 'write' | 'isTerminal'>;
  /** the logged output of jobs also goes to foster's stdout, with the job's name before each line, for `docker logs` */
  readonly logsToConsole?: boolean;
  /** control characters in the jobs' output are not escaped on a terminal */
  readonly rawConsole?: boolean;
  /** a foster before this one may have been killed: its FIFOs are kept open until their jobs are recovered */
  readonly holdsFifos?: boolean;
  readonly report: Report;
}

/** What a job with this `console` writes into. The other kinds give it a device or foster's own descriptors. */
export type StreamKind = 'log' | 'output' | 'pty';

const FIFO_ENDING = '.out';
/** of standard error, if it is logged separately */
const STDERR_ENDING = '.err';
/** a line whose end had not come when foster ended */
const REST_ENDING = '.rest';

export class StreamEnds {
  readonly #held = new HeldFifos();

  constructor(
    private readonly options: StreamEndsOptions,
    private readonly logs: LogFiles,
  ) {
    if (options.holdsFifos === true) this.#held.hold(this.#files().map(({ path }) => path));
  }

  /**
   * Opens the channel for a new process of a job.
   * @param owner the user of the job
   */
  openChannel(stream: StreamRef, kind: StreamKind, owner: Identity | undefined): Channel {
    const { kernel, report } = this.options;
    if (kind === 'pty') return openTerminal(kernel.files);
    const path = this.#fifoOf(stream);
    if (path === undefined) return openPipe(kernel.files);
    try {
      const channel = openFifo(path, owner, kernel.files);
      this.#held.release(path);
      return channel;
    } catch (error) {
      const reason = messageOf(error);
      report('warn', `${stream.name}: its output will not survive a restart of foster: ${reason}`);
      return openPipe(kernel.files);
    }
  }

  openSink(stream: StreamRef, jobClass: JobClass, kind: StreamKind): Sink {
    const log = kind === 'output' ? undefined : this.logs.open(stream, jobClass);
    const { logsToConsole, fifodir, console: writer, rawConsole: raw, kernel } = this.options;
    if (log !== undefined && logsToConsole !== true) return log;
    const ending = `${stream.stream === undefined ? '' : STDERR_ENDING}${REST_ENDING}`;
    const restPath = fifodir && join(fifodir, jobFileName(stream, ending));
    const format = jobClass.consoleFormat;
    return new ConsoleSink({ job: stream, format, writer, raw, files: kernel.files, restPath, beside: log });
  }

  /**
   * Opens the sink of a stream that was recovered.
   * @param jobClass undefined if only detached processes of the job are alive
   */
  reopenSink(stream: StreamRef, jobClass: JobClass | undefined): Sink {
    if (jobClass === undefined) return this.logs.open(stream, undefined);
    const kind = jobClass.console ?? this.options.defaultConsole;
    return this.openSink(stream, jobClass, kind === 'output' || kind === 'pty' ? kind : 'log');
  }

  /** Finds the FIFO of a stream that has lost its name, by the processes that have it open. */
  findLost(stream: StreamRef, pids: readonly number[]): FifoEnds | undefined {
    const path = this.#fifoOf(stream);
    return path === undefined ? undefined : findLostFifo(path, pids);
  }

  /** Returns the streams whose FIFOs are in the run directory, each with a function that opens the FIFO for reading. */
  present(): readonly { readonly stream: StreamRef; readonly open: () => Channel }[] {
    return this.#files().map(({ stream, path }) => ({ stream, open: () => readFifo(path) }));
  }

  /** Closes what was held open for recovery. */
  recovered(): void {
    this.#held.releaseAll();
  }

  #files(): readonly { readonly stream: StreamRef; readonly path: string }[] {
    const { fifodir } = this.options;
    if (fifodir === undefined) return [];
    return namesIfPossible(fifodir).flatMap((file) => {
      const stream = streamOf(file);
      return stream === undefined ? [] : [{ stream, path: join(fifodir, file) }];
    });
  }

  #fifoOf(stream: StreamRef): string | undefined {
    const { fifodir } = this.options;
    const ending = stream.stream === undefined ? FIFO_ENDING : STDERR_ENDING;
    return fifodir && join(fifodir, jobFileName(stream, ending));
  }
}

function streamOf(file: string): StreamRef | undefined {
  const stderr: JobRef | undefined = jobOfFileName(file, STDERR_ENDING);
  return stderr === undefined ? jobOfFileName(file, FIFO_ENDING) : stderrOf(stderr);
}
