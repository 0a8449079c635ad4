/**
 * What a supervisor was starting when it was killed. A job's state is saved after its process has been started; this says in
 * a few bytes what is about to be started, and what has been.
 *
 *      {"id":1,"job":"cron","instance":"","process":"main","at":81726350,"gated":false}   a process is about to be started
 *      {"id":1,"pid":4711,"gated":false,"startTime":8172,"inode":"913"}                   it has been; this proves who it is
 *
 * A gated process stops itself before its program. Both lines are written once more before it may go on, unless they are still
 * there: from then on it is a process like any other (launches.ts).
 */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { boolean, count, literal, number, parseJson, pid, string } from '../../codec/codec.js';
import { asObject } from '../../codec/containers.js';
import { DecodeError } from '../../codec/decode-error.js';
import { recordOf } from '../../codec/record.js';
import { ENOSPC, fromNodeError, systemError } from '../../kernel/errno.js';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import type { ProcessIdentity } from '../../kernel/kernel.js';
import type { SystemError } from '../../kernel/system-error.js';
import type { Nanoseconds } from '../../tracker/events.js';
import type { JobRef } from '../core/contract.js';
import type { Report } from '../log/log.js';
import { PROCESS_NAMES, type ProcessName } from '../../jobfile/job-class/values.js';
import { field, optional } from '../../codec/field.js';
import { instanceName, jobName } from '../core/model.js';

const FILE_MODE = 0o600;

const OPEN_FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** Some thousand starts between two savings; nobody but foster makes links here. */
const RECORD = { limit: 64 * 1024 * 1024, links: 'refuse' } as const;

/** One start of which nothing is saved. */
export interface UnsavedLaunch {
  readonly job: JobRef;
  readonly process: ProcessName;
  /** CLOCK_MONOTONIC, just before the start; of a main, when its launcher was born by the tracker's book */
  readonly at: Nanoseconds;
  /** undefined: the supervisor ended before it knew */
  readonly pid: number | undefined;
  /** it stops itself before its program, and may not have been let go on */
  readonly gated: boolean;
  /** as /proc shows it, in clock ticks */
  readonly startTime?: number;
  /** of its pidfd, where these have one each (Linux 6.9) */
  readonly inode?: string;
}

/** A start that has been written down. */
export interface Announcement extends Pick<UnsavedLaunch, 'job' | 'process' | 'at' | 'gated'> {
  readonly id: number;
  /** why it could not be written; undefined when it has been */
  readonly problem: SystemError | undefined;
}

/** Where it is; that changes when the run directory is made again. */
export interface RecordFile {
  readonly launches: string;
}

export class LaunchRecord {
  /** ids of former supervisors that crashed are far below: an entry of theirs may still be there */
  #id = Date.now();
  /** what was announced by then is in the file no more */
  #clearedAt = this.#id;
  #isEmpty = false;
  #fd: number | undefined;
  /** the last line may have been written by halves */
  #isTorn = false;

  private constructor(
    private readonly file: RecordFile,
    private readonly now: () => Nanoseconds,
    private readonly report: Report,
  ) {}

  /**
   * The file is opened when it is first written: a run directory may have become read-only since it was made.
   * @param now CLOCK_MONOTONIC
   */
  static open(file: RecordFile, now: () => Nanoseconds, report: Report): LaunchRecord {
    return new LaunchRecord(file, now, report);
  }

  /**
   * What a former supervisor has left, in the order of the starts. A write(2) of so little is there or not when its writer
   * is killed. A damaged line is reported, and costs no other start.
   */
  read(): readonly UnsavedLaunch[] {
    const launches = new Map<number, UnsavedLaunch>();
    const lines = (readTextIfThere(this.file.launches, RECORD) ?? '').split('\n').slice(0, -1);
    for (const [index, line] of lines.entries()) {
      try {
        takeLine(line, launches);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        this.report(
          'error',
          `${this.file.launches}:${index + 1}: this start is not looked for: ${error.message}`,
        );
      }
    }
    return [...launches.values()];
  }

  /**
   * A process is about to be started.
   * @param gated it will stop itself before its program
   */
  before(job: JobRef, process: ProcessName, gated: boolean, at = this.now()): Announcement {
    this.#id += 1;
    const start = { id: this.#id, job, process, at, gated };
    return { ...start, problem: this.#append(firstLine(start)) };
  }

  /** The process that was about to be started is this one. */
  after({ id, gated }: Announcement, pid: number, identity: ProcessIdentity | undefined): void {
    this.#append({ ...identity, id, pid, gated });
  }

  /** The process may go on beyond its gate: what the file does not say any more is written again. */
  passing(start: Announcement, pid: number, identity: ProcessIdentity | undefined): void {
    if (start.id > this.#clearedAt) return;
    this.#append(firstLine(start));
    this.after(start, pid, identity);
  }

  /** Everything that was started is saved elsewhere by now. @throws the errors of open(2) and ftruncate(2) */
  clear(): void {
    if (this.#isEmpty) return;
    ftruncateSync(this.#open());
    this.#isEmpty = true;
    this.#clearedAt = this.#id;
    this.#isTorn = false;
  }

  /** The file may have lost its name: from now on whatever has the name is written to. */
  reopen(): void {
    this.close();
    this.#isEmpty = false;
    this.#clearedAt = this.#id;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #append(entry: object): SystemError | undefined {
    this.#isEmpty = false;
    const line = Buffer.from(`${this.#isTorn ? '\n' : ''}${JSON.stringify(entry)}\n`);
    try {
      const written = writeSync(this.#open(), line);
      this.#isTorn = written < line.length;
      return this.#isTorn ? systemError('write', ENOSPC, `write ${this.file.launches}`) : undefined;
    } catch (error) {
      return fromNodeError(error, `write ${this.file.launches}`);
    }
  }

  #open(): number {
    this.#fd ??= openSync(this.file.launches, OPEN_FLAGS, FILE_MODE);
    return this.#fd;
  }
}

/** The first line of a start. */
interface Announced {
  readonly id: number;
  readonly job: string;
  readonly instance: string;
  readonly process: ProcessName;
  readonly at: Nanoseconds;
  readonly gated: boolean;
}

/** The second one. */
interface Started {
  readonly id: number;
  readonly pid: number;
  readonly gated: boolean;
  readonly startTime?: number;
  readonly inode?: string;
}

const announced = recordOf<Announced>({
  id: count,
  job: jobName,
  instance: instanceName,
  process: literal(...PROCESS_NAMES),
  at: number,
  // records of former versions do not say it
  gated: field(boolean, { whenAbsent: () => false }),
});

const started = recordOf<Started>({
  id: count,
  pid,
  gated: boolean,
  startTime: optional(count),
  inode: optional(string),
});

function firstLine({ id, job, process, at, gated }: Omit<Announcement, 'problem'>): Announced {
  return { id, job: job.name, instance: job.instance, process, at, gated };
}

/** @throws DecodeError */
function takeLine(line: string, launches: Map<number, UnsavedLaunch>): void {
  const entry = asObject(parseJson(line));
  const known = launches.get(entry['id'] as number);
  if (known !== undefined) {
    const { id, ...rest } = started.read(entry, undefined);
    launches.set(id, { ...known, ...rest });
    return;
  }
  const { id, job, instance, process, at, gated } = announced.read(entry, undefined);
  launches.set(id, { job: { name: job, instance }, process, at, pid: undefined, gated });
}
