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
import { writeNewFile } from './write-new-file.js';

/** A job with thousands of processes has some hundred kilobytes; nobody but foster makes links here. */
const SAVED_FILE = { limit: 64 * 1024 * 1024, links: 'refuse' } as const;

const ENDING = '.json';
/** what was being written when a supervisor crashed */
const UNFINISHED = '.new';
/** kept for whoever wants to know what happened */
const DAMAGED = '.corrupt';
/** So many damaged files of one job are kept beside one another; the last one is replaced. */
const MOST_DAMAGED = 5;

export interface SavedStateOptions {
  /** an existing directory, of our own */
  readonly directory: string;
  readonly place: BootIdentity;
  /** CLOCK_MONOTONIC in milliseconds */
  readonly now: () => Milliseconds;
  /** what there is to save of a job at this moment; undefined: it is no more */
  readonly snapshot: (job: JobRef) => SavedJob | undefined;
  /** everything that has changed is saved */
  readonly saved: () => void;
  /** keeps what cannot be written until it can be */
  readonly unsaved: UnsavedWork;
  readonly report: Report;
}

/** A job whose file cannot be used. */
export interface DamagedJob {
  /** undefined where the name of the file does not say it */
  readonly job: JobRef | undefined;
  /** what is wrong with which file, and where that is now */
  readonly reason: string;
  /** those that the file names; they may have ended */
  readonly processes: readonly ProcessIdentity[];
}

export interface LoadedState {
  readonly files: readonly SavedFile[];
  readonly damaged: readonly DamagedJob[];
}

/**
 * A small file for each live job. A change is written once, after everything else that the event loop has to do in this
 * turn, so that a respawn does not wait for it; written whole under another name and renamed, so that a crash leaves the old
 * file or the new one.
 */
export class SavedState {
  private readonly changed = new Map<string, JobRef>();
  private pending: NodeJS.Immediate | undefined;

  constructor(private readonly options: SavedStateOptions) {}

  /** Something about the job is no longer as it was saved. */
  jobChanged(job: JobRef): void {
    this.changed.set(jobKey(job), job);
    this.pending ??= setImmediate(() => this.write());
  }

  /**
   * A process of the job is about to be started, which the record of launches says until the job is saved: whatever is
   * written next says it, too, since the record is cleared then.
   */
  launching(job: JobRef): void {
    this.changed.set(jobKey(job), job);
  }

  /** The job is no more; processes that have detached themselves may be left of it. */
  jobGone(job: JobRef): void {
    const file = jobFileName(job, ENDING);
    this.changed.delete(jobKey(job));
    this.options.unsaved.attempt(file, () => {
      const left = this.options.snapshot(job);
      if (left === undefined) this.removeFile(file);
      else this.writeFile(file, left);
    });
  }

  /** Writes everything that has changed, now: before a re-exec, or from the fatal path. */
  write(): void {
    clearImmediate(this.pending);
    this.pending = undefined;
    const { unsaved, saved } = this.options;
    for (const job of this.changed.values()) this.attempt(job);
    this.changed.clear();
    if (unsaved.isDone) saved();
  }

  /**
   * Writes what there is of one job, in the middle of a change: what becomes of it is written when the time comes.
   * @returns whether that was possible
   */
  writeJob(job: JobRef): boolean {
    const saved = this.options.snapshot(job);
    return saved === undefined || this.attempt(job, saved);
  }

  private attempt(job: JobRef, asItIs?: SavedJob): boolean {
    const { unsaved, snapshot } = this.options;
    const file = jobFileName(job, ENDING);
    let present = asItIs;
    return unsaved.attempt(file, () => {
      const saved = present ?? snapshot(job);
      // at a later attempt, the job as it is then
      present = undefined;
      if (saved === undefined) this.removeFile(file);
      else this.writeFile(file, saved);
    });
  }

  private removeFile(file: string): void {
    const path = join(this.options.directory, file);
    // an attempt on a read-only file system fails, even if there is nothing to remove
    if (existsSync(path)) rmSync(path, { force: true });
  }

  /**
   * What a former supervisor has left, oldest change first. Each file that is damaged or cannot be read is set aside, and costs
   * no other job. Those from before a reboot or from another pid namespace are removed.
   */
  load(): LoadedState {
    const { directory } = this.options;
    const files: SavedFile[] = [];
    const damaged: DamagedJob[] = [];
    for (const name of this.fileNames()) {
      if (name.endsWith(UNFINISHED))
        this.tidy(() => rmSync(join(directory, name), { recursive: true, force: true }));
      if (!name.endsWith(ENDING)) continue;
      const read = this.read(name);
      if (read === undefined) continue;
      if ('reason' in read) damaged.push(read);
      else files.push(read);
    }
    return { files: files.sort((one, other) => one.at - other.at), damaged };
  }

  /** The core cannot use what is in the job's file. */
  setAside({ job, processes }: SavedFile, error: DecodeError): DamagedJob {
    return { job, processes, reason: this.keepDamaged(jobFileName(job, ENDING), error) };
  }

  /** @returns undefined for a file that means nothing here */
  private read(name: string): SavedFile | DamagedJob | undefined {
    const { directory, place, report } = this.options;
    const path = join(directory, name);
    let json: unknown;
    try {
      json = parseJson(readTextFile(path, SAVED_FILE));
      const file = savedFile.read(json, undefined);
      if (jobFileName(file.job, ENDING) !== name)
        throw new DecodeError('job', 'the job that the name of the file says', jobLabel(file.job));
      if (isSameBoot(file.place, place)) return file;
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof SystemError)) throw error;
      const job = jobOfFileName(name, ENDING) ?? jobIn(json);
      return { job, processes: identitiesIn(json, place), reason: this.keepDamaged(name, error) };
    }
    report('info', `${path}: it was written before a reboot or in another container; it is forgotten`);
    this.tidy(() => rmSync(path, { force: true }));
    return undefined;
  }

  /** Keeps the file under another name, so that the job can be saved anew. @returns what has happened, in a sentence */
  private keepDamaged(name: string, error: Error): string {
    const path = join(this.options.directory, name);
    const names = Array.from({ length: MOST_DAMAGED }, (_, index) =>
      index === 0 ? `${path}${DAMAGED}` : `${path}${DAMAGED}${index + 1}`,
    );
    const kept = names.find((one) => !existsSync(one)) ?? names.at(-1)!;
    const problem = error instanceof DecodeError ? `${path}: ${error.message}` : error.message;
    try {
      rmSync(kept, { recursive: true, force: true });
      renameSync(path, kept);
      return `${problem}; the file is kept as ${kept}`;
    } catch (failure) {
      return `${problem}; the file stays where it is: ${reasonOf(failure)}`;
    }
  }

  private fileNames(): readonly string[] {
    try {
      return readdirSync(this.options.directory);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.options.report('error', `What a former foster has saved cannot be read: ${error.message}`);
      return [];
    }
  }

  /** What cannot be tidied up is no reason not to go on. */
  private tidy(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
