/** foster record: records what the tracker sees of a program, for `foster replay`. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { createKernel } from '../../kernel/linux.js';
import { SystemError } from '../../kernel/system-error.js';
import type { SupervisorReport } from '../../supervisor/api/report.js';
import type { FeedEntry } from '../../supervisor/api/feed.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { findProgram } from '../../supervisor/launch/resolve.js';
import { LaunchError } from '../../supervisor/launch/launch-error.js';
import { CommandRecorder } from '../../supervisor/record/command-recorder.js';
import { FeedRecorder } from '../../supervisor/record/feed-recorder.js';
import { NoSuchProcessError, ProcessRecorder } from '../../supervisor/record/process-recorder.js';
import type { Recording } from '../../supervisor/record/recording.js';
import { selectSource, SourceUnavailableError } from '../../tracker/sources/select.js';
import { CliError, usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { SOURCE_CHOICES } from '../../tracker/sources/source.js';
import { isCodedError } from '../../kernel/errno.js';
import { messageOf } from '../../text/phrases.js';

/**
 * Signals that daemons act on: they are forwarded to the program, so that a reload or an upgrade can be
 * recorded.
 */
const PASSED_ON = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;

export async function record(invocation: Invocation): Promise<number> {
  const [job, pid] = [invocation.value('job'), invocation.amount('pid', 'a process id')];
  const given = [invocation.words.length > 0, job !== undefined, pid !== undefined];
  if (given.filter(Boolean).length !== 1) throw usageError('record: expected one of COMMAND, --job, --pid');
  const file = invocation.value('output');
  // reports a closed standard output before anything is started
  if (file === undefined) invocation.terminal.raw('');
  const descriptor = file === undefined ? 1 : open(file);
  const trace = new TraceFile(descriptor, (reason) => invocation.complain(`record: ${reason}`));
  try {
    const recording = await recordingOf(invocation, { job, pid }, (line) => trace.write(line));
    if (trace.broken) return EXIT.failed;
    invocation.complain(`recorded ${recording.lines} lines`);
    return EXIT.ok;
  } catch (error) {
    throw explained(error);
  } finally {
    if (file !== undefined) closeSync(descriptor);
  }
}

/**
 * The trace being written. A full disk or a closed pipe ends the trace, but the recorded program must still
 * be supervised to its end.
 */
class TraceFile {
  broken = false;

  constructor(
    private readonly descriptor: number,
    private readonly complain: (reason: string) => void,
  ) {}

  write(line: string): void {
    if (this.broken) return;
    try {
      writeSync(this.descriptor, line);
    } catch (error) {
      if (!isCodedError(error)) throw error;
      this.broken = true;
      this.complain(`the trace is cut off: ${error.message}`);
    }
  }
}

function recordingOf(
  invocation: Invocation,
  { job, pid }: { readonly job: string | undefined; readonly pid: number | undefined },
  write: (line: string) => void,
): Promise<Recording> {
  if (job !== undefined) return recordJob(invocation, job, write);
  return pid === undefined ? recordCommand(invocation, write) : recordProcess(pid, write);
}

/** Returns errors with a clear message as a CliError; others keep their stack. */
function explained(error: unknown): unknown {
  const known = [NoSuchProcessError, SourceUnavailableError, LaunchError, SystemError];
  return known.some((kind) => error instanceof kind) ? new CliError(messageOf(error)) : error;
}

function open(file: string): number {
  try {
    return openSync(file, 'w');
  } catch (error) {
    throw new CliError(`record: ${messageOf(error)}`);
  }
}

async function recordCommand(invocation: Invocation, write: (line: string) => void): Promise<Recording> {
  const kernel = createKernel();
  const tracker = invocation.choice('tracker', SOURCE_CHOICES) ?? 'auto';
  const { env } = invocation.terminal;
  const [name = '', ...args] = invocation.words;
  const directory = process.cwd();
  // when the trace goes to standard output, the program's output goes to standard error
  const stdout = invocation.has('output') ? 1 : 2;
  const recorder = new CommandRecorder({
    kernel,
    source: selectSource(kernel, tracker).source,
    program: {
      path: findProgram(name, { root: '/', directory, path: env['PATH'] }),
      argv: [name, ...args],
      env: Object.entries(env).map(([key, value]) => `${key}=${value ?? ''}`),
      newSession: true,
      descriptors: [
        { target: 0, source: 0 },
        { target: 1, source: stdout },
        { target: 2, source: 2 },
      ],
    },
    write,
  });
  const stop = (): void => recorder.stop();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  for (const signal of PASSED_ON) process.on(signal, () => recorder.send(constants.signals[signal]));
  recorder.start();
  await recorder.ended;
  recorder.close();
  return recorder.recording;
}

async function recordProcess(pid: number, write: (line: string) => void): Promise<Recording> {
  const kernel = createKernel();
  // the other sources report only processes that foster started
  const { source } = selectSource(kernel, 'connector');
  const recorder = new ProcessRecorder({ kernel, source, pid, write });
  recorder.start();
  await Promise.race([recorder.ended, interrupted()]);
  recorder.close();
  return recorder.recording;
}

async function recordJob(
  invocation: Invocation,
  job: string,
  write: (line: string) => void,
): Promise<Recording> {
  const client = invocation.client();
  const { pid, tracker } = await client.request<SupervisorReport>('/v1/report');
  const recorder = new FeedRecorder({ kernel: createKernel(), supervisor: { pid, source: tracker }, write });
  const stop = new AbortController();
  const early: FeedEntry[] = [];
  let isStarted = false;
  const take = (entry: unknown): void => {
    if (!isStarted) early.push(entry as FeedEntry);
    else recorder.onEntry(entry as FeedEntry);
    if (recorder.isOver) stop.abort();
  };
  const feed = client.follow(`/v1/events?${new URLSearchParams({ job }).toString()}`, take, stop.signal);
  try {
    const status = await client.request<JobStatus>(`/v1/jobs/${encodeURIComponent(job)}`);
    recorder.start(status);
    isStarted = true;
    for (const entry of early) take(entry);
    await Promise.race([feed, interrupted()]);
  } finally {
    // even an unknown job ends the program
    stop.abort();
  }
  return recorder.recording;
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
