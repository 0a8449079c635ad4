/** Reads the job files, at the start, on a signal and whenever they change, and passes the classes to the core. */
import { formatErrorForLog } from '../../jobfile/job-file-error.js';
import { diskReader, type DirectoryReader } from '../../jobfile/files/directory-reader.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { LoadCache, loadDirectories, readAhead, usedClasses, type Loaded } from '../../jobfile/files/load.js';
import type { CoreInput } from '../core/contract.js';
import { type InitOptions, jobDirectories } from '../init-options.js';
import type { Log } from '../log/log.js';
import type { Part } from '../engine/part.js';
import { noteWhatStarts, setAutomaticStart, type AutomaticStart } from './automatic-start.js';
import { ConfigurationWatcher } from './configuration-watcher.js';
import { guardedReader } from './guarded-reader.js';
import { changesBetween, JobFiles, type Reading } from './job-files.js';

interface ConfigurationOptions {
  readonly options: Pick<InitOptions, 'confdirs' | 'runJobs' | 'isConfdirNamed'>;
  /** classes that are not defined by a file */
  readonly builtIn: readonly JobClass[];
  readonly log: Log;
  readonly submit: (input: CoreInput) => void;
  /** called when the classes have changed, after the core got them */
  readonly changed: (classes: Iterable<JobClass>) => void;
}

export class Configuration implements Part {
  readonly files: JobFiles;
  readonly #watcher: ConfigurationWatcher;
  readonly #cache = new LoadCache();
  readonly #reader: DirectoryReader;
  #classes: ReadonlyMap<string, JobClass> = new Map();
  #reported = new Set<string>();
  #isReadingAhead = false;
  /** files have changed again since reading ahead started */
  #hasChanged = false;
  #isClosed = false;

  constructor(private readonly parts: ConfigurationOptions) {
    const { options, log } = parts;
    this.files = new JobFiles(() => jobDirectories(options));
    this.#reader = isRoot()
      ? guardedReader({ reader: diskReader, isNamed: options.isConfdirNamed, report: log })
      : diskReader;
    this.#watcher = new ConfigurationWatcher(jobDirectories(options), () => void this.#readInPortions(), log);
  }

  /** Reads the job files. Must be called before jobs are recovered. */
  read(): void {
    this.#watcher.start();
    this.#read();
  }

  /** Reads the job files on request. @returns what has changed */
  reload(): Reading {
    if (!this.#isClosed) this.#watcher.refresh();
    this.#read();
    return this.files.lastReading;
  }

  /**
   * Resolves when files that were written before the call have been read. Somebody may write a job file and
   * immediately emit the event that starts it.
   */
  async catchUp(): Promise<void> {
    // within two turns of the event loop, all pending inotify events have been read
    for (let turns = 0; turns < 2; turns++) await new Promise(setImmediate);
    if (!this.#isClosed && this.#watcher.hasPendingChanges) this.reload();
  }

  /** Returns the class of this name, as its file defines it now. */
  classOf(name: string): JobClass | undefined {
    return this.#classes.get(name);
  }

  /** See SupervisorApi. */
  enable(name: string, enabled: boolean): AutomaticStart {
    const file = this.files.all.find(
      ({ path, class: jobClass }) => jobClass !== undefined && this.classOf(name)?.source.path === path,
    );
    const answer = setAutomaticStart(name, enabled, file, this.parts.options.confdirs[0]);
    if (answer.changed) this.reload();
    return noteWhatStarts(answer, this.classOf(name));
  }

  close(): void {
    this.#isClosed = true;
    this.#watcher.close();
  }

  /** Reads changed files in portions, since there may be thousands, and nobody waits for the result. */
  async #readInPortions(): Promise<void> {
    this.#hasChanged = true;
    if (this.#isReadingAhead) return;
    this.#isReadingAhead = true;
    while (this.#hasChanged) {
      this.#hasChanged = false;
      await readAhead(jobDirectories(this.parts.options), this.#cache, this.#reader);
      if (!this.#isClosed) this.#read();
    }
    this.#isReadingAhead = false;
  }

  #read(): void {
    const readAt = Date.now();
    const loaded = loadDirectories(jobDirectories(this.parts.options), this.#reader, this.#cache);
    this.#reportErrors(loaded);
    this.#apply(loaded, readAt);
  }

  /** Passes new, changed and removed classes to the core. */
  #apply(loaded: Loaded, readAt: number): void {
    const { builtIn, submit, changed } = this.parts;
    const before = this.#classes;
    this.files.update(loaded, readAt);
    this.#classes = new Map([
      ...usedClasses(loaded),
      ...builtIn.map((jobClass): [string, JobClass] => [jobClass.name, jobClass]),
    ]);
    const changes = changesBetween(before, this.#classes);
    this.files.noteChanges(changes);
    for (const name of Object.values(changes).flat())
      submit({ kind: 'class', name, class: this.#classes.get(name) });
    changed(this.#classes.values());
  }

  /** Reports errors in the files, each of them once. */
  #reportErrors({ files, errors }: Loaded): void {
    const before = this.#reported;
    this.#reported = new Set();
    for (const error of [...errors, ...files.flatMap((file) => file.errors)])
      this.#reportOnce('error', formatErrorForLog(error), before);
    for (const { path, shadowedBy } of files) {
      if (shadowedBy !== undefined)
        this.#reportOnce('warn', `${path}: not used, ${shadowedBy} defines the same job`, before);
    }
  }

  #reportOnce(level: 'warn' | 'error', text: string, before: ReadonlySet<string>): void {
    this.#reported.add(text);
    if (!before.has(text)) this.parts.log(level, text);
  }
}

/** Tests whether foster runs as root. Otherwise a job file gives nobody more rights than foster's user has. */
function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
