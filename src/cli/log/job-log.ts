/** One log: of a job, or of one of its two streams where they are kept apart. */
import { CliError } from '../cli-error.js';
import { itemsOf, piecesOf, type ItemsOptions, type LogItem } from './items.js';
import { UnsuitableFileError } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import { LogPart } from './log-part.js';
import { rangesOf, type Wanted } from './range.js';

export type Stream = 'stdout' | 'stderr';

export interface LogSource {
  /** as it is shown: `web`, `web (1)` */
  readonly title: string;
  readonly name: string;
  readonly instance: string;
  /** undefined where both go into one file */
  readonly stream: Stream | undefined;
  /** oldest first */
  readonly files: readonly string[];
  /** directory of the indexes of logs */
  readonly indexes: string;
}

/** A run that begins or has ended, in this log. */
export type SourceRun = Extract<LogItem, { kind: 'run' }> & { readonly source: LogSource };

export type SourceItem = LogItem & { readonly source: LogSource };

export class JobLog {
  private readonly parts: readonly LogPart[];
  /** where following goes on in the newest part */
  private position = 0;
  private readonly runs: Extract<LogItem, { kind: 'run' }>[] = [];

  /** @throws CliError when a file is there and cannot be read */
  constructor(readonly source: LogSource) {
    this.parts = source.files.flatMap((path) => openPart(path, source.indexes) ?? []);
  }

  /** What is wanted of it now. `reached` says afterwards how far that was. */
  *items(wanted: Wanted, options: ItemsOptions): Generator<SourceItem> {
    const { source } = this;
    for (const range of rangesOf(this.parts, wanted)) {
      const items = itemsOf(range, options);
      for (let next = items.next(); ; next = items.next()) {
        if (next.done === true) {
          if (range.part === this.parts.at(-1)) this.position = next.value;
          break;
        }
        const item = next.value;
        if (item.kind === 'run') {
          if (!isWithin(item.time, wanted)) continue;
          this.runs.push(item);
          yield { ...item, source };
          // not by `...item`, which takes longer than all else that becomes of a line
        } else yield { kind: 'line', time: item.time, line: item.line, source };
      }
    }
  }

  /** The same by large pieces of whole lines, for whoever looks at none of them. The bytes are valid until the next piece. */
  *pieces(wanted: Wanted): Generator<SourceRun | Buffer> {
    for (const range of rangesOf(this.parts, wanted)) {
      for (const piece of piecesOf(range)) {
        if (Buffer.isBuffer(piece)) yield piece;
        else if (isWithin(piece.time, wanted)) yield { ...piece, source: this.source };
      }
    }
  }

  /** The newest file, open, how far it has been read, and the runs that were among that: it is the caller's now. */
  takeNewest(): {
    readonly part: LogPart | undefined;
    readonly position: number;
    readonly runs: readonly Extract<LogItem, { kind: 'run' }>[];
  } {
    const part = this.parts.at(-1);
    for (const other of this.parts) if (other !== part) other.close();
    return { part, position: this.position, runs: this.runs };
  }

  close(): void {
    for (const part of this.parts) part.close();
  }
}

/** Lines are found by their place; what is at the very edge of it may be of another time. */
function isWithin(time: number, { since, until }: Wanted): boolean {
  return (since === undefined || time >= since) && (until === undefined || time <= until);
}

function openPart(path: string, indexes: string): LogPart | undefined {
  try {
    return LogPart.open(path, indexes);
  } catch (error) {
    // in its place there may be something else, or it may be another user's
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new CliError(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

/** Without the path, which has been named. */
function reasonOf(error: Error): string {
  if (error instanceof UnsuitableFileError) return error.reason;
  return error instanceof SystemError ? `${error.code} (${error.reason})` : error.message;
}
