/** The job files as they are on disk, and what the supervisor runs by: read at the start, on a signal, and whenever they change. */
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

export interface ConfigurationOptions {
  readonly options: Pick<InitOptions, 'confdirs' | 'runJobs' | 'isConfdirNamed'>;
  /** classes that no file defines */
  readonly builtIn: readonly JobClass[];
  readonly log: Log;
  readonly submit: (input: CoreInput) => void;
  /** the classes are these from now on; the core knows */
  readonly changed: (classes: Iterable<JobClass>) => void;
}

export class Configuration implements Part {
  /** what is known of the files */
  readonly files: JobFiles;
  readonly #watcher: ConfigurationWatcher;
  readonly #cache = new LoadCache();
  readonly #reader: DirectoryReader;
  #classes: ReadonlyMap<string, JobClass> = new Map();
  #reported = new Set<string>();
  #isReadingAhead = false;
  /** since reading ahead began */
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

  /** Reads the job files, before jobs are taken back: they may have been edited meanwhile. */
  read(): void {
    this.#watcher.start();
    this.#read();
  }

  /** Somebody asks for it: also where changes are not noticed. @returns what this has brought */
  reload(): Reading {
    if (!this.#isClosed) this.#watcher.refresh();
    this.#read();
    return this.files.lastReading;
  }

  /**
   * Resolves when files that were written before the call have been read: whoever writes a job file and emits its event at once
   * means the job.
   */
  async catchUp(): Promise<void> {
    // two turns of the event loop have at least one whole look at the kernel's notices between them
    for (let turns = 0; turns < 2; turns++) await new Promise(setImmediate);
    if (!this.#isClosed && this.#watcher.hasNews) this.reload();
  }

  /** The class of this name as its file says now. */
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

  /** Files have changed, perhaps thousands of them, and nobody waits for the answer. */
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
    this.#use(loaded, readAt);
  }

  /** Gives the core what is new, changed and gone. */
  #use(loaded: Loaded, readAt: number): void {
    const { builtIn, submit, changed } = this.parts;
    const before = this.#classes;
    this.files.read(loaded, readAt);
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

  /** What is wrong with them is reported once. */
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

/** A job file of another user's supervisor gives nobody more than that user has. */
function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
