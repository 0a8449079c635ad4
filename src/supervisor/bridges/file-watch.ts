/** Watches the paths of one FILE=: looks only when the kernel reports a change (inotify(7)). */
import { join } from 'node:path';
import { namesIfPossible } from '../../kernel/files/stat.js';
import { compileGlob } from '../core/events/glob.js';
import { PathWatch, statOf } from '../readiness/path-watch.js';
import { fileChanges, type Files } from './file-changes.js';
import type { FileEvent, WatchedFiles } from './file-operands.js';

/**
 * How long a file must not be written before its modification is reported, in milliseconds. Upstart uses the
 * event for closing a file (IN_CLOSE_WRITE), which Node's watches do not report.
 */
const DEBOUNCE_MS = 50;

const NO_FILES: Files = new Map();

export class FileWatch {
  readonly #watch: PathWatch;
  #reported: Files = NO_FILES;
  #before: Files = NO_FILES;
  #again: NodeJS.Timeout | undefined;

  /**
   * @param reportExisting whether existing paths are reported as created
   * @param changed `path` is the actual one, even if `files` is a pattern
   */
  constructor(
    readonly files: WatchedFiles,
    reportExisting: boolean,
    private readonly changed: (path: string, event: FileEvent) => void,
    failed: (error: Error) => void,
  ) {
    if (!reportExisting) this.#reported = this.#before = this.#look();
    this.#watch = new PathWatch(join(files.directory, files.name), () => this.#noticed(), failed);
  }

  /** Starts watching; reports existing paths before it returns. */
  start(): void {
    this.#watch.start();
  }

  close(): void {
    clearTimeout(this.#again);
    this.#watch.close();
  }

  #noticed(): void {
    const now = this.#look();
    const { changes, reported, unsettled } = fileChanges(this.#reported, this.#before, now);
    this.#reported = reported;
    this.#before = now;
    if (unsettled) this.#lookAgain();
    for (const { path, event } of changes) this.changed(path, event);
  }

  #lookAgain(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#noticed(), DEBOUNCE_MS);
    this.#again.unref();
  }

  #look(): Files {
    const { directory, name, isPattern } = this.files;
    const names = isPattern ? namesIfPossible(directory).filter(compileGlob(name)) : [name];
    return new Map(
      names.flatMap((found): [string, string][] => {
        const path = join(directory, found);
        const stat = statOf(path);
        return stat === undefined ? [] : [[path, `${stat.ino} ${stat.size} ${stat.mtimeNs}`]];
      }),
    );
  }
}
