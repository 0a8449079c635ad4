import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../codec/codec.js';
import { DecodeError } from '../../codec/decode-error.js';
import { readTextFile } from '../../kernel/files/read-file.js';
import type { ProcessIdentity } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Report } from '../log/log.js';
import { jobFileName, jobOfFileName } from './job-file-name.js';
import { isSameBoot, type BootIdentity } from './boot-identity.js';
import { identitiesIn, jobIn, savedFile, SAVED_VERSION, type SavedFile, type SavedJob } from './saved-job.js';
import type { UnsavedWork } from './unsaved-work.js';
import { writeNewFile } from '../../kernel/files/own-files.js';
import { isCodedError } from '../../kernel/errno.js';
import { messageOf } from '../../text/phrases.js';

/**
 * The file of a job with thousands of processes has some hundred kilobytes. Links are refused: foster makes none
 * here.
 */
const SAVED_FILE = { limit: 64 * 1024 * 1024, links: 'refuse' } as const;

const FILE_EXTENSION = '.json';
/** a file that is being written */
const UNFINISHED = '.new';
/** a damaged file, kept for analysis */
const DAMAGED = '.corrupt';
/** How many damaged files of a job are kept; after that, the last one is replaced. */
const MAX_DAMAGED = 5;

interface SavedStateOptions {
  /** an existing directory that only foster can write */
  readonly directory: string;
  readonly place: BootIdentity;
  /** CLOCK_MONOTONIC in milliseconds */
  readonly now: () => Milliseconds;
  /** returns the current state of a job; undefined if there is nothing to save */
  readonly snapshot: (job: JobRef) => SavedJob | undefined;
  /** called before changes are written */
  readonly before: () => void;
  /** called after they were written; @param isAll whether nothing waits to be written */
  readonly after: (isAll: boolean) => void;
  /** retries what cannot be written */
  readonly unsaved: UnsavedWork;
  readonly report: Report;
}

/** A job whose file is unusable. */
export interface DamagedJob {
  /** undefined if neither the file's name nor its contents tell */
  readonly job: JobRef | undefined;
  /** the error, and the new path of the file */
  readonly reason: string;
  /** the processes in the file; they may have ended */
  readonly processes: readonly ProcessIdentity[];
}

export interface LoadedState {
  readonly files: readonly SavedFile[];
  readonly damaged: readonly DamagedJob[];
}

/**
 * Saves each live job in a small file. Changes are written at the end of the turn of the event loop, so that a
 * respawn does not wait for it. A file is replaced atomically, so that a crash leaves the old or the new one.
 */
export class SavedState {
  private readonly changed = new Map<string, JobRef>();
  private pending: NodeJS.Immediate | undefined;

  constructor(private readonly options: SavedStateOptions) {}

  /** Notes that the job differs from its file. */
  jobChanged(job: JobRef): void {
    this.changed.set(jobKey(job), job);
    this.writeSoon();
  }

  /** Writes all changes at the end of this turn of the event loop. */
  writeSoon(): void {
    this.pending ??= setImmediate(() => this.write());
  }

  /**
   * Includes the job in the next write, since a process of it is about to be started. Until then the record of
   * launches has it, but a write clears that.
   */
  launching(job: JobRef): void {
    this.changed.set(jobKey(job), job);
  }

  /** Removes the file of a job that has ended, unless detached processes of it are alive. */
  jobGone(job: JobRef): void {
    const file = jobFileName(job, FILE_EXTENSION);
    this.changed.delete(jobKey(job));
    this.options.unsaved.attempt(file, () => {
      const left = this.options.snapshot(job);
      if (left === undefined) this.removeFile(file);
      else this.writeFile(file, left);
    });
  }

  /** Writes all changes now: before a re-exec, or after an internal error. */
  write(): void {
    clearImmediate(this.pending);
    this.pending = undefined;
    const { unsaved, before, after } = this.options;
    before();
    for (const job of this.changed.values()) this.attempt(job);
    this.changed.clear();
    after(unsaved.isDone);
  }

  /** Writes the current state of one job, even in the middle of a change. @returns whether that succeeded */
  writeJob(job: JobRef): boolean {
    const saved = this.options.snapshot(job);
    return saved === undefined || this.attempt(job, saved);
  }

  private attempt(job: JobRef, asItIs?: SavedJob): boolean {
    const { unsaved, snapshot } = this.options;
    const file = jobFileName(job, FILE_EXTENSION);
    let present = asItIs;
    return unsaved.attempt(file, () => {
      const saved = present ?? snapshot(job);
      // a retry writes the state as it is then
      present = undefined;
      if (saved === undefined) this.removeFile(file);
      else this.writeFile(file, saved);
    });
  }

  private removeFile(file: string): void {
    const path = join(this.options.directory, file);
    // on a read-only file system, rm fails even if there is nothing to remove
    if (existsSync(path)) rmSync(path, { force: true });
  }

  /**
   * Loads the files of a previous supervisor, oldest change first. Damaged or unreadable files are renamed, and do
   * not affect other jobs. Files from before a reboot or from another pid namespace are removed.
   */
  load(): LoadedState {
    const { directory } = this.options;
    const files: SavedFile[] = [];
    const damaged: DamagedJob[] = [];
    for (const name of this.fileNames()) {
      if (name.endsWith(UNFINISHED))
        this.removeQuietly(() => rmSync(join(directory, name), { recursive: true, force: true }));
      if (!name.endsWith(FILE_EXTENSION)) continue;
      const read = this.read(name);
      if (read === undefined) continue;
      if ('reason' in read) damaged.push(read);
      else files.push(read);
    }
    return { files: files.sort((one, other) => one.at - other.at), damaged };
  }

  /** Renames a file that the core cannot read. */
  moveAside({ job, processes }: SavedFile, error: DecodeError): DamagedJob {
    return { job, processes, reason: this.keepDamaged(jobFileName(job, FILE_EXTENSION), error) };
  }

  /** @returns undefined for a file from another boot or pid namespace */
  private read(name: string): SavedFile | DamagedJob | undefined {
    const { directory, place, report } = this.options;
    const path = join(directory, name);
    let json: unknown;
    try {
      json = parseJson(readTextFile(path, SAVED_FILE));
      const file = savedFile.read(json, undefined);
      if (jobFileName(file.job, FILE_EXTENSION) !== name)
        throw new DecodeError('job', 'the job in the name of the file', jobLabel(file.job));
      if (isSameBoot(file.place, place)) return file;
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof SystemError)) throw error;
      const job = jobOfFileName(name, FILE_EXTENSION) ?? jobIn(json);
      return { job, processes: identitiesIn(json, place), reason: this.keepDamaged(name, error) };
    }
    report('info', `${path}: written before a reboot or in another container; removed`);
    this.removeQuietly(() => rmSync(path, { force: true }));
    return undefined;
  }

  /** Renames a damaged file, so that the job can be saved anew. @returns what was wrong and done, in a sentence */
  private keepDamaged(name: string, error: Error): string {
    const path = join(this.options.directory, name);
    const names = Array.from({ length: MAX_DAMAGED }, (_, index) =>
      index === 0 ? `${path}${DAMAGED}` : `${path}${DAMAGED}${index + 1}`,
    );
    const kept = names.find((one) => !existsSync(one)) ?? names.at(-1)!;
    const problem = error instanceof DecodeError ? `${path}: ${error.message}` : error.message;
    try {
      rmSync(kept, { recursive: true, force: true });
      renameSync(path, kept);
      return `${problem}; the file was renamed to ${kept}`;
    } catch (failure) {
      return `${problem}; the file could not be renamed: ${messageOf(failure)}`;
    }
  }

  private fileNames(): readonly string[] {
    try {
      return readdirSync(this.options.directory);
    } catch (error) {
      if (!isCodedError(error)) throw error;
      this.options.report('error', `The saved state of the previous foster cannot be read: ${error.message}`);
      return [];
    }
  }

  /** Removes something, and only reports errors. */
  private removeQuietly(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!isCodedError(error)) throw error;
      this.options.report('warn', error.message);
    }
  }

  private writeFile(name: string, saved: SavedJob): void {
    const { directory, place, now } = this.options;
    const path = join(directory, name);
    const file: SavedFile = { version: SAVED_VERSION, place, at: now(), ...saved };
    const text = JSON.stringify(savedFile.write(file, undefined));
    writeNewFile(`${path}${UNFINISHED}`, text);
    renameSync(`${path}${UNFINISHED}`, path);
  }
}
