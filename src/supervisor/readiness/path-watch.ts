import { statSync, watch, type BigIntStats, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { isCodedError } from '../../kernel/errno.js';

/**
 * Reports possible changes of a path, existing or not: watches its directory or, as long as that does not
 * exist, the nearest one above it.
 */
export class PathWatch {
  #watcher: FSWatcher | undefined;
  #watched: string | undefined;
  #closed = false;

  /** @param failed called when changes can no longer be watched, usually because inotify is used up */
  constructor(
    private readonly path: string,
    private readonly changed: () => void,
    private readonly failed: (error: Error) => void,
  ) {}

  /** Starts watching; calls back for the first time when the watch is set up. */
  start(): void {
    this.#look();
  }

  close(): void {
    this.#closed = true;
    this.#watcher?.close();
  }

  #look(): void {
    if (this.#closed) return;
    try {
      this.#follow();
    } catch (error) {
      this.close();
      this.failed(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.changed();
  }

  /** Moves the watch, until the watched directory is still the nearest after it has been set up. */
  #follow(): void {
    for (
      let nearest = nearestDirectory(this.path);
      nearest.id !== this.#watched;
      nearest = nearestDirectory(this.path)
    ) {
      this.#watcher?.close();
      this.#watched = nearest.id;
      this.#watcher = watch(nearest.path, { persistent: false }, () => this.#look());
      this.#watcher.on('error', this.failed);
    }
  }
}

/**
 * Returns the nearest directory with its identity: a directory that was removed and re-created is another
 * one.
 */
function nearestDirectory(path: string): { readonly path: string; readonly id: string } {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const stat = statOf(directory);
    if (stat?.isDirectory() === true) return { path: directory, id: `${stat.dev}:${stat.ino} ${directory}` };
    if (directory === dirname(directory)) throw new Error(`${directory} is not there`);
  }
}

/** Returns undefined also for a path below a file, or behind an inaccessible directory. */
export function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
}
