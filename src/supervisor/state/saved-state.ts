import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile, UnsuitableFileError } from '../../kernel/read-file.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Report } from '../output/report.js';
import { jobFileName } from './job-file-name.js';
import { isSamePlace, type Place } from './place.js';
import { parseSavedFile, SAVED_VERSION, SavedFileError, type SavedFile, type SavedJob } from './saved-job.js';

const ENDING = '.json';
/** what was being written when a supervisor crashed */
const UNFINISHED = '.new';
/** kept for whoever wants to know what happened */
const CORRUPT = '.corrupt';

const FILE_MODE = 0o600;

/** A job with thousands of processes has some hundred kilobytes; nobody but foster makes links here. */
const SAVED_FILE = { limit: 64 * 1024 * 1024, links: 'refuse' } as const;

export interface SavedStateOptions {
  /** an existing directory, of our own */
  readonly directory: string;
  readonly place: Place;
  /** CLOCK_MONOTONIC in milliseconds */
  readonly now: () => Milliseconds;
  /** what there is to save of a job at this moment; undefined: it is no more */
  readonly snapshot: (job: JobRef) => SavedJob | undefined;
  /** everything that has changed is saved */
  readonly saved: () => void;
  readonly report: Report;
}

/**
 * A small file for each live job. A change is written once, after everything else that the event loop has to do in this
 * turn, so that a respawn does not wait for it; written whole under another name and renamed, so that a crash leaves the old
 * file or the new one.
 */
export class SavedState {
  private readonly changed = new Map<string, JobRef>();
  private pending: NodeJS.Immediate | undefined;
  private failed = false;

  constructor(private readonly options: SavedStateOptions) {}

  /** Something about the job is no longer as it was saved. */
  jobChanged(job: JobRef): void {
    this.changed.set(jobFileName(job, ENDING), job);
    this.pending ??= setImmediate(() => this.write());
  }

  /**
   * A process of the job is about to be started, which the record of launches says until the job is saved: whatever is
   * written next says it, too, since the record is cleared then.
   */
  launching(job: JobRef): void {
    this.changed.set(jobFileName(job, ENDING), job);
  }

  /** The job is no more. */
  jobGone(job: JobRef): void {
    const file = jobFileName(job, ENDING);
    this.changed.delete(file);
    rmSync(join(this.options.directory, file), { force: true });
  }

  /** Writes everything that has changed, now: before a re-exec, or from the fatal path. */
  write(): void {
    clearImmediate(this.pending);
    this.pending = undefined;
    for (const [file, job] of this.changed) {
      const saved = this.options.snapshot(job);
      if (saved === undefined) this.jobGone(job);
      else this.writeFile(file, saved);
    }
    this.changed.clear();
    this.options.saved();
  }

  /** Writes what there is of one job, in the middle of a change: what becomes of it is written when the time comes. */
  writeJob(job: JobRef): void {
    const saved = this.options.snapshot(job);
    if (saved !== undefined) this.writeFile(jobFileName(job, ENDING), saved);
  }

  /**
   * What a former supervisor has left, oldest change first. Files that are corrupt are reported and put aside; those from
   * before a reboot or from another pid namespace are removed.
   */
  load(): readonly SavedFile[] {
    const { directory } = this.options;
    const files: SavedFile[] = [];
    for (const name of readdirSync(directory)) {
      if (name.endsWith(UNFINISHED)) rmSync(join(directory, name), { force: true });
      if (!name.endsWith(ENDING)) continue;
      const file = this.read(join(directory, name));
      if (file !== undefined) files.push(file);
    }
    return files.sort((one, other) => one.at - other.at);
  }

  private read(path: string): SavedFile | undefined {
    const { place, report } = this.options;
    try {
      const file = parseSavedFile(readTextFile(path, SAVED_FILE));
      if (isSamePlace(file.place, place)) return file;
      report(
        'info',
        `${path}: ${file.job.name} ran before a reboot or in another container; it is forgotten`,
      );
      rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof SavedFileError || error instanceof UnsuitableFileError)) throw error;
      report('error', `${path}: the saved job cannot be taken back: ${error.message}; see ${path}${CORRUPT}`);
      renameSync(path, `${path}${CORRUPT}`);
    }
    return undefined;
  }

  private writeFile(name: string, saved: SavedJob): void {
    const { directory, place, now, report } = this.options;
    const path = join(directory, name);
    const file: SavedFile = { version: SAVED_VERSION, place, at: now(), ...saved };
    try {
      writeFileSync(`${path}${UNFINISHED}`, JSON.stringify(file), { mode: FILE_MODE });
      renameSync(`${path}${UNFINISHED}`, path);
      this.failed = false;
    } catch (error) {
      // the job itself does not suffer; it would be lost to the next supervisor
      if (!this.failed) report('error', `unable to save the state of ${saved.job.name}: ${reasonOf(error)}`);
      this.failed = true;
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
