/**
 * Emits the event `file` when files that jobs name in `start on` and `stop on` are created, modified or
 * deleted (Upstart's upstart-file-bridge, section 11).
 */
import { isDeepStrictEqual } from 'node:util';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Report } from '../log/log.js';
import {
  fileEvent,
  unwatchableFiles,
  watchedFiles,
  type FileEvent,
  type WatchedFiles,
} from './file-operands.js';
import { FileWatch } from './file-watch.js';

const EVENT = 'file';

interface FileBridgeOptions {
  readonly emit: (event: string, env: readonly string[]) => void;
  readonly report: Report;
}

export class FileBridge {
  /** by FILE */
  readonly #watches = new Map<string, FileWatch>();
  #complaints: readonly string[] = [];

  constructor(private readonly options: FileBridgeOptions) {}

  /**
   * Watches exactly the files that the classes name.
   * @param reportExisting whether an existing path is reported as created when it is named for the first
   * time, as in Upstart
   */
  setClasses(classes: Iterable<JobClass>, reportExisting: boolean): void {
    const all = [...classes];
    const wanted = watchedFiles(all);
    // reported once, until the job file changes
    const complaints = unwatchableFiles(all);
    for (const text of complaints) if (!this.#complaints.includes(text)) this.options.report('warn', text);
    this.#complaints = complaints;
    for (const [file, watch] of this.#watches) {
      if (isDeepStrictEqual(wanted.get(file), watch.files)) continue;
      watch.close();
      // if only the events differ, existing files were reported before
      if (!wanted.has(file)) this.#watches.delete(file);
    }
    for (const [file, files] of wanted) {
      const present = this.#watches.get(file);
      if (present === undefined) this.#begin(files, reportExisting);
      else if (!isDeepStrictEqual(present.files, files)) this.#begin(files, false);
    }
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
  }

  #begin(files: WatchedFiles, tellExisting: boolean): void {
    const { emit, report } = this.options;
    const changed = (path: string, event: FileEvent): void => {
      if (files.events.has(event)) emit(EVENT, fileEvent(files, path, event));
    };
    // no inotify here, or no watch left (fs.inotify.max_user_watches): the next reload tries again
    const failed = (error: Error): void => {
      report('warn', `FILE=${files.file} cannot be watched: ${error.message}`);
      this.#watches.delete(files.file);
    };
    const watch = new FileWatch(files, tellExisting, changed, failed);
    this.#watches.set(files.file, watch);
    watch.start();
  }
}
