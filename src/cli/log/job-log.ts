/** One log: of a job, or of one of its two streams when they are kept apart. */
import { CliError } from '../cli-error.js';
import { itemsOf, piecesOf, type ItemsOptions, type LogItem } from './items.js';
import { whyUnreadable } from '../../kernel/files/read-file.js';
import { LogPart } from './log-part.js';
import { rangesOf, type Wanted } from './range.js';
import { isCodedError } from '../../kernel/errno.js';

export type Stream = 'stdout' | 'stderr';

export interface LogSource {
  /** as printed: `web`, `web (1)` */
  readonly title: string;
  readonly name: string;
  readonly instance: string;
  /** undefined when both go into one file */
  readonly stream: Stream | undefined;
  /** oldest first */
  readonly files: readonly string[];
  /** directory of the logs' indexes */
  readonly indexes: string;
}

/** A mark of the log where a run began or ended. */
type SourceRun = Extract<LogItem, { kind: 'run' }> & { readonly source: LogSource };

export type SourceItem = LogItem & { readonly source: LogSource };

export class JobLog {
  private readonly parts: readonly LogPart[];
  /** the position in the newest part from which to follow */
  private position = 0;
  private readonly runs: Extract<LogItem, { kind: 'run' }>[] = [];

  /** @throws CliError when a file exists and cannot be read */
  constructor(readonly source: LogSource) {
    this.parts = source.files.flatMap((path) => openPart(path, source.indexes) ?? []);
  }

  /** Yields the items that are wanted, and sets the position from which to follow. */
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
          // not `...item`, which would take more time than all other work on a line
        } else yield { kind: 'line', time: item.time, line: item.line, source };
      }
    }
  }

  /**
   * Yields the same in large pieces of whole lines, for callers that need not look at lines. The bytes are
   * valid until the next piece.
   */
  *pieces(wanted: Wanted): Generator<SourceRun | Buffer> {
    for (const range of rangesOf(this.parts, wanted)) {
      for (const piece of piecesOf(range)) {
        if (Buffer.isBuffer(piece)) yield piece;
        else if (isWithin(piece.time, wanted)) yield { ...piece, source: this.source };
      }
    }
  }

  /**
   * Hands the newest file over to the caller: open, with the position read so far and the runs before that.
   */
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

/** Tests the time of an item: a range found by position may contain other times at its edges. */
function isWithin(time: number, { since, until }: Wanted): boolean {
  return (since === undefined || time >= since) && (until === undefined || time <= until);
}

function openPart(path: string, indexes: string): LogPart | undefined {
  try {
    return LogPart.open(path, indexes);
  } catch (error) {
    // the path may be something other than a file, or another user's
    if (!isCodedError(error)) throw error;
    throw new CliError(`${path} cannot be read: ${whyUnreadable(error)}`);
  }
}
