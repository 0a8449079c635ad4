import { watch, type FSWatcher } from 'node:fs';
import type { Report } from '../log/log.js';
import { watchedPaths, type WatchedNames } from './watched-paths.js';
import { bigStatIfPossible } from '../../kernel/files/stat.js';
import { isCodedError } from '../../kernel/errno.js';
import { messageOf } from '../../text/phrases.js';

/**
 * How long no file may have changed before the files are read, in milliseconds. So a file is not read while it is
 * being written, and a package that installs twenty files leads to one reading. (Node does not report the inotify
 * event for closing a file.)
 */
const DEBOUNCE_MS = 50;

/** The maximum delay, if files keep changing. */
const MAX_DELAY = 1000;

interface Watched {
  readonly watcher: FSWatcher;
  /** tells a directory from one that was recreated by the same name */
  readonly inode: bigint;
  names: WatchedNames;
}

/**
 * Watches configuration directories, and calls back when they must be read again: whenever something in them was
 * created, written, renamed or removed (Upstart section 1.2), including symbolic links and their targets, and when a
 * missing directory appears. Without inotify it logs a warning once, and only a reload helps.
 */
export class ConfigurationWatcher {
  private readonly watches = new Map<string, Watched>();
  private timer: NodeJS.Timeout | undefined;
  private firstChange: number | undefined;
  private complained = false;

  /** @param changed called when files have changed, and not again for a moment */
  constructor(
    private readonly directories: readonly string[],
    private readonly changed: () => void,
    private readonly report: Report,
  ) {}

  /** Starts to watch. The directories must be read after this, so that no change is missed. */
  start(): void {
    this.updateWatches();
  }

  /** Tests whether files have changed that were not read yet. */
  get hasPendingChanges(): boolean {
    return this.timer !== undefined;
  }

  /** Updates the watches before the directories are read. */
  refresh(): void {
    this.updateWatches();
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const path of [...this.watches.keys()]) this.stopWatch(path);
  }

  private onChange(path: string, name: string | null): void {
    const names = this.watches.get(path)?.names;
    if (names !== 'all' && name !== null && names?.has(name) !== true) return;
    const now = performance.now();
    this.firstChange ??= now;
    clearTimeout(this.timer);
    const wait = Math.max(0, Math.min(DEBOUNCE_MS, this.firstChange + MAX_DELAY - now));
    this.timer = setTimeout(() => this.onQuiet(), wait);
  }

  private onQuiet(): void {
    this.timer = undefined;
    this.firstChange = undefined;
    // new directories are watched before they are read, so that no change is missed
    this.updateWatches();
    this.changed();
  }

  /** Updates the set of watches. */
  private updateWatches(): void {
    const wanted = this.wanted();
    if (wanted === undefined) return;
    for (const path of [...this.watches.keys()]) if (!wanted.has(path)) this.stopWatch(path);
    for (const [path, names] of wanted) {
      const inode = bigStatIfPossible(path)?.ino;
      const watched = this.watches.get(path);
      if (watched?.inode === inode && watched !== undefined) watched.names = names;
      else if (inode !== undefined) this.startWatch(path, names, inode);
    }
  }

  private wanted(): ReadonlyMap<string, WatchedNames> | undefined {
    try {
      return watchedPaths(this.directories);
    } catch (error) {
      // a directory was removed meanwhile, which is a change that leads here again
      if (isCodedError(error) && error.code === 'ENOENT') {
        this.onChange('', null);
        return undefined;
      }
      this.complain(error);
      return undefined;
    }
  }

  private startWatch(path: string, names: WatchedNames, inode: bigint): void {
    this.stopWatch(path);
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => this.onChange(path, name));
      watcher.on('error', (error) => this.complain(error, path));
      this.watches.set(path, { watcher, inode, names });
    } catch (error) {
      this.complain(error, path);
    }
  }

  private stopWatch(path: string): void {
    this.watches.get(path)?.watcher.close();
    this.watches.delete(path);
  }

  /** @param directory the directory that cannot be watched; all of them, if absent */
  private complain(error: unknown, directory?: string): void {
    if (this.complained) return;
    this.complained = true;
    const where = directory === undefined ? '' : ` in ${directory}`;
    const reason = messageOf(error);
    this.report(
      'warn',
      `foster cannot watch the job files${where} (${reason}): after a change, use \`foster reload-configuration\` or SIGHUP`,
    );
  }
}
