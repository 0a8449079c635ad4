/**
 * Follows a log as it grows, also across rotations. It watches the log's directory and the index's directory
 * by inotify, and never polls.
 */
import { statSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { itemsOf, type LogItem } from './items.js';
import { indexPath } from '../../supervisor/output/log-index-format.js';
import type { LogSource, SourceItem } from './job-log.js';
import { nodeErrorCode } from '../../kernel/errno.js';
import { LogPart } from './log-part.js';

type Run = Extract<LogItem, { kind: 'run' }>;

interface FollowerOptions {
  readonly source: LogSource;
  /** of the newest file; it may not exist yet, and may be replaced or truncated */
  readonly path: string;
  /** that file, opened, if it exists */
  readonly part: LogPart | undefined;
  /** where in the file to begin */
  readonly position: number;
  /** runs that have been shown */
  readonly runs?: readonly Run[];
  readonly take: (item: SourceItem) => void;
}

export class Follower {
  private readonly source: LogSource;
  private readonly path: string;
  private part: LogPart | undefined;
  private position: number;
  private readonly take: (item: SourceItem) => void;
  private watcher: FSWatcher | undefined;
  private indexWatcher: FSWatcher | undefined;
  private readonly shownRuns: Set<string>;

  constructor({ source, path, part, position, runs = [], take }: FollowerOptions) {
    this.source = source;
    this.path = path;
    this.part = part;
    this.position = position;
    this.take = take;
    this.shownRuns = new Set(runs.map((run) => JSON.stringify(run)));
  }

  /**
   * Starts watching, and reads what has been written meanwhile.
   * @param failed receives the error that ends it
   */
  start(failed: (error: unknown) => void): void {
    const advance = (): void => {
      try {
        // a run that ends without output changes only the index
        this.indexWatcher ??= this.watchIndex(advance);
        this.advance();
      } catch (error) {
        failed(error);
      }
    };
    this.watcher = watch(dirname(this.path), advance);
    this.watcher.on('error', failed);
    advance();
  }

  /** Reads everything that is there. */
  advance(): void {
    this.part ??= LogPart.open(this.path, this.source.indexes);
    if (this.part === undefined) return;
    this.drain(this.part);
    const there = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (there === undefined || there.ino === this.part.inode) return;
    // what was written between the last read and the rotation
    this.drain(this.part, true);
    this.part.close();
    this.position = 0;
    this.part = LogPart.open(this.path, this.source.indexes);
    if (this.part !== undefined) this.drain(this.part);
  }

  /** Watches the index, which usually exists once the log does. */
  private watchIndex(advance: () => void): FSWatcher | undefined {
    try {
      // an error here says that the directory was removed, which is no reason to stop following
      return watch(dirname(indexPath(this.source.indexes, this.path)), advance).on('error', () => undefined);
    } catch (error) {
      // no index: the lines have no times
      if (nodeErrorCode(error) === undefined) throw error;
      return undefined;
    }
  }

  close(): void {
    this.watcher?.close();
    this.indexWatcher?.close();
    this.part?.close();
  }

  private drain(part: LogPart, unfinished = false): void {
    const end = part.size();
    // truncated, as logrotate's copytruncate does
    if (end < this.position) this.position = 0;
    if (end === this.position && !this.hasRun(part)) return;
    part.refreshTimes();
    const items = itemsOf({ part, start: this.position, end }, { unfinished });
    for (let next = items.next(); ; next = items.next()) {
      if (next.done === true) {
        this.position = next.value;
        return;
      }
      if (next.value.kind === 'run' && !this.isNew(next.value)) continue;
      this.take({ ...next.value, source: this.source });
    }
  }

  /** Tests whether the run is new: a run at the very end of what was read may have been shown already. */
  private isNew(run: Run): boolean {
    const key = JSON.stringify(run);
    if (this.shownRuns.has(key)) return false;
    this.shownRuns.add(key);
    return true;
  }

  private hasRun(part: LogPart): boolean {
    const before = part.times.count;
    part.refreshTimes();
    return part.times.count !== before;
  }
}
