import { statSync, watch, type BigIntStats, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Tells when something may have happened to a path, whether or not it exists: its directory is watched, or as long as
 * that does not exist, the nearest one above it.
 */
export class PathWatch {
  #watcher: FSWatcher | undefined;
  #watched: string | undefined;
  #closed = false;

  /** @param failed no changes are told of any more: inotify is used up, as a rule */
  constructor(
    private readonly path: string,
    private readonly changed: () => void,
    private readonly failed: (error: Error) => void,
  ) {}

  /** Begins, and calls back for the first time when the path is watched. */
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

  /** Until the directory that is watched is still the nearest after the watch has been set up. */
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

/** With an identity, since a directory that was removed and made again is another one. */
function nearestDirectory(path: string): { readonly path: string; readonly id: string } {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const stat = statOf(directory);
    if (stat?.isDirectory() === true) return { path: directory, id: `${stat.dev}:${stat.ino} ${directory}` };
    if (directory === dirname(directory)) throw new Error(`${directory} is not there`);
  }
}

/** Undefined also for what lies below a file, or behind a directory that may not be searched. */
export function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
