/**
 * foster log: prints the output of jobs, read from their log files; the supervisor only says where they are.
 */
import { watch } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { RefusedError, UnreachableError, type ControlClient } from '../../control/client/client.js';
import { errorCode } from '../../kernel/errno.js';
import { compilePattern, PatternError, type Pattern } from '../../jobfile/pattern.js';
import { requiredText } from '../../jobfile/required-text.js';
import type { SupervisorReport } from '../../supervisor/api/report.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { findLogs, filesOf } from '../log/find-logs.js';
import { Follower } from '../log/follow.js';
import { merged } from '../log/items.js';
import { JobLog, type LogSource, type SourceItem } from '../log/job-log.js';
import { LogPrinter } from '../log/print.js';
import type { Wanted } from '../log/range.js';

/** The number of lines by default. */
const DEFAULT_LINES = 100;

export async function log(invocation: Invocation): Promise<number> {
  const wanted = readWanted(invocation);
  const pattern = readPattern(invocation);
  const sources = (await findLogs(invocation)).filter(
    ({ stream }) => !invocation.has('stderr') || stream === 'stderr',
  );
  const several = new Set(sources.map(({ title }) => title)).size > 1 || invocation.words.length === 0;
  const printer = new LogPrinter(invocation, { named: several, timestamps: invocation.has('timestamps') });
  // the output of one job in a pipe or a file is exactly what the job wrote
  const isCopy = invocation.terminal.isTerminal !== true && !several && !invocation.json;
  const isPlain = invocation.has('plain') || (isCopy && !invocation.has('timestamps'));
  const isWanted = (item: SourceItem): boolean =>
    item.kind === 'line'
      ? pattern === undefined || pattern.test(item.line.toString('utf8'))
      : pattern === undefined && !isPlain;
  const logs = sources.map((source) => new JobLog(source));
  const follows = invocation.has('follow');
  const required = requiredText(invocation.value('grep') ?? '');
  show(
    logs,
    wanted,
    { isWanted, isFiltered: pattern !== undefined, unfinished: !follows, required },
    printer,
  );
  printer.flush();
  if (follows) {
    await follow(invocation.client(), logs, (item) => {
      if (isWanted(item)) printer.take(item);
      printer.flush();
    });
  } else for (const one of logs) one.close();
  return EXIT.ok;
}

function readWanted(invocation: Invocation): Wanted {
  const [since, until] = [invocation.time('since'), invocation.time('until')];
  const given = invocation.amount('lines', 'a number of lines');
  if (given !== undefined && !Number.isInteger(given))
    throw usageError(`--lines ${given}: expected a whole number`);
  const all = since !== undefined || until !== undefined || invocation.has('grep');
  return { since, until, lines: given ?? (all ? undefined : DEFAULT_LINES) };
}

function readPattern(invocation: Invocation): Pattern | undefined {
  const text = invocation.value('grep');
  if (text === undefined) return undefined;
  try {
    return compilePattern(text);
  } catch (error) {
    if (error instanceof PatternError)
      throw usageError(`--grep ${text}: expected a regular expression (${error.message})`);
    throw error;
  }
}

interface Selection {
  readonly isWanted: (item: SourceItem) => boolean;
  /** Some items are filtered out, so the last lines have to be selected from the rest. */
  readonly isFiltered: boolean;
  readonly unfinished: boolean;
  /** Lines without this text are not wanted. */
  readonly required: RegExp | undefined;
}

function show(logs: readonly JobLog[], wanted: Wanted, selection: Selection, printer: LogPrinter): void {
  const { isWanted, isFiltered, unfinished, required } = selection;
  const [only, other] = logs;
  if (only !== undefined && other === undefined && !isFiltered && unfinished && printer.takesPieces) {
    for (const piece of only.pieces(wanted)) {
      if (Buffer.isBuffer(piece)) printer.takePiece(piece);
      else if (isWanted(piece)) printer.take(piece);
    }
    return;
  }
  const range = isFiltered ? { ...wanted, lines: undefined } : wanted;
  const items = merged(logs.map((one) => one.items(range, { unfinished, required })));
  // of several logs, read the last lines of each: the last lines of the merged log are among them
  if (wanted.lines === undefined || (logs.length === 1 && !isFiltered)) {
    for (const item of items) if (isWanted(item)) printer.take(item);
    return;
  }
  const last: SourceItem[] = [];
  let count = 0;
  for (const item of items) {
    if (!isWanted(item)) continue;
    last.push(item.kind === 'line' ? { ...item, line: Buffer.from(item.line) } : item);
    if (item.kind === 'line') count += 1;
    while (count > wanted.lines) if (last.shift()!.kind === 'line') count -= 1;
  }
  for (const item of last) printer.take(item);
}

/** Follows the logs until the supervisor ends. A re-exec is not the end: the new program answers again. */
async function follow(
  client: ControlClient,
  logs: readonly JobLog[],
  take: (item: SourceItem) => void,
): Promise<void> {
  const followers: Follower[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const start = async (one: JobLog): Promise<void> => {
        const newest = one.takeNewest();
        const path = one.source.files.at(-1) ?? (await firstFile(client, one.source));
        const follower = new Follower({ source: one.source, path, ...newest, take });
        followers.push(follower);
        follower.start(reject);
      };
      for (const one of logs) start(one).catch(reject);
      endOf(client).then(resolve, reject);
    });
    for (const follower of followers) follower.advance();
  } finally {
    for (const follower of followers) follower.close();
  }
}

/** How long a supervisor may take to replace itself, and the time between two attempts, in milliseconds. */
const REPLACEMENT = 3000;
const ATTEMPT = 100;

/** Resolves when the supervisor has ended. */
async function endOf(client: ControlClient): Promise<void> {
  for (let left = REPLACEMENT; left > 0; left -= ATTEMPT) {
    try {
      // no job has this name, so the stream carries nothing: it only ends with the supervisor
      await client.follow(
        `/v1/events?type=verdict&job=${encodeURIComponent('/')}`,
        () => (left = REPLACEMENT),
      );
      left = REPLACEMENT;
    } catch (error) {
      if (error instanceof RefusedError) return new Promise(() => undefined);
      if (!(error instanceof UnreachableError)) throw error;
      // an orderly end removes the socket
      if (errorCode(error.cause) === 'ENOENT') return;
    }
    await pause(ATTEMPT);
  }
}

/** Waits for the job's log file, which exists once the job has written something. */
async function firstFile(client: ControlClient, source: LogSource): Promise<string> {
  const { logdir } = await client.request<SupervisorReport>('/v1/report');
  const watcher = watch(logdir);
  try {
    for (;;) {
      const change = new Promise((resolve, reject) => watcher.once('change', resolve).once('error', reject));
      const newest = (await filesOf(client, source)).at(-1);
      if (newest !== undefined) return newest;
      await change;
    }
  } finally {
    watcher.close();
  }
}
