import { watch, type FSWatcher } from 'node:fs';
import type { Report } from '../log/log.js';
import { watchedPaths, type WatchedNames } from './watched-paths.js';
import { bigStatIfPossible } from '../../kernel/files/stat.js';

/**
 * How long nothing may have happened before files are read, in milliseconds: a file that is being written is not read by
 * halves, and a package that installs twenty files causes one reading. (inotify could tell of the closing of a file, but
 * Node's watches do not.)
 */
const QUIET = 50;

/** Something that writes all the time must not keep changes from being seen. */
const LONGEST_WAIT = 1000;

interface Watched {
  readonly watcher: FSWatcher;
  /** a directory that was removed and made again is another one */
  readonly inode: bigint;
  names: WatchedNames;
}

/**
 * Watches configuration directories, and says when they have to be read again: whenever something in them was made,
 * written, renamed or removed (Upstart section 1.2), a symbolic link or its target included, and when a directory that did
 * not exist appears. Where there is no inotify it says so once, and only a reload helps.
 */
export class ConfigurationWatcher {
  private readonly watches = new Map<string, Watched>();
  private timer: NodeJS.Timeout | undefined;
  private firstChange: number | undefined;
  private complained = false;

  /** @param changed called when files have changed and been left alone for a moment */
  constructor(
    private readonly directories: readonly string[],
    private readonly changed: () => void,
    private readonly report: Report,
  ) {}

  /** Begins. Read the directories after this: what changes from now on is noticed. */
  start(): void {
    this.follow();
  }

  /** Something has changed, and waits to be left alone for a moment. */
  get hasNews(): boolean {
    return this.timer !== undefined;
  }

  /** Somebody reads the directories anyway: what is watched has to be what is read. */
  refresh(): void {
    this.follow();
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const path of [...this.watches.keys()]) this.forget(path);
  }

  private noticed(path: string, name: string | null): void {
    const names = this.watches.get(path)?.names;
    if (names !== 'all' && name !== null && names?.has(name) !== true) return;
    const now = performance.now();
    this.firstChange ??= now;
    clearTimeout(this.timer);
    const wait = Math.max(0, Math.min(QUIET, this.firstChange + LONGEST_WAIT - now));
    this.timer = setTimeout(() => this.settled(), wait);
  }

  private settled(): void {
    this.timer = undefined;
    this.firstChange = undefined;
    // new directories are watched before they are read, so that nothing falls between
    this.follow();
    this.changed();
  }

  /** Watches what has to be watched by now, and nothing else. */
  private follow(): void {
    const wanted = this.wanted();
    if (wanted === undefined) return;
    for (const path of [...this.watches.keys()]) if (!wanted.has(path)) this.forget(path);
    for (const [path, names] of wanted) {
      const inode = bigStatIfPossible(path)?.ino;
      const watched = this.watches.get(path);
      if (watched?.inode === inode && watched !== undefined) watched.names = names;
      else if (inode !== undefined) this.begin(path, names, inode);
    }
  }

  private wanted(): ReadonlyMap<string, WatchedNames> | undefined {
    try {
      return watchedPaths(this.directories);
    } catch (error) {
      // removed while it was walked through: its removal is a change, which leads here again
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        this.noticed('', null);
        return undefined;
      }
      this.complain(error);
      return undefined;
    }
  }

  private begin(path: string, names: WatchedNames, inode: bigint): void {
    this.forget(path);
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => this.noticed(path, name));
      watcher.on('error', (error) => this.complain(error, path));
      this.watches.set(path, { watcher, inode, names });
    } catch (error) {
      this.complain(error, path);
    }
  }

  private forget(path: string): void {
    this.watches.get(path)?.watcher.close();
    this.watches.delete(path);
  }

  /** @param directory the only one that is not watched; all of them, where it is not given */
  private complain(error: unknown, directory?: string): void {
    if (this.complained) return;
    this.complained = true;
    const where = directory === undefined ? '' : ` in ${directory}`;
    const reason = error instanceof Error ? error.message : String(error);
    this.report(
      'warn',
      `changes of job files${where} are not noticed by themselves (${reason}): use \`foster reload-configuration\` or SIGHUP`,
    );
  }
}
