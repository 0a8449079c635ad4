/**
 * The record of what a supervisor is starting, in case it is killed. A job's state is saved only after its process
 * was started; until then, these few bytes tell what is being started.
 *
 *      {"id":1,"job":"cron","instance":"","process":"main","at":81726350,"gated":false}   foster is about to start a process
 *      {"id":1,"pid":4711,"gated":false,"startTime":8172,"inode":"913"}                   it was started; this identifies it
 *
 * A gated process stops itself before its program starts. If the record has been cleared meanwhile, both lines are
 * written again before foster continues it: from then on it is a process like any other (launches.ts).
 */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { boolean, count, literal, number, parseJson, pid, string } from '../../codec/codec.js';
import { asObject } from '../../codec/containers.js';
import { DecodeError } from '../../codec/decode-error.js';
import { record, type Recorded } from '../../codec/record.js';
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

/** Enough for thousands of starts between two saves. Links are refused: foster makes none here. */
const RECORD = { limit: 64 * 1024 * 1024, links: 'refuse' } as const;

/** A start that is not saved in the job's state yet. */
export interface UnsavedLaunch {
  readonly job: JobRef;
  readonly process: ProcessName;
  /** CLOCK_MONOTONIC just before the start; for a main, the birth of its launcher in the tracker */
  readonly at: Nanoseconds;
  /** undefined if the supervisor was killed before it knew */
  readonly pid: number | undefined;
  /** it stops itself before its program starts, and may still be stopped */
  readonly gated: boolean;
  /** from /proc, in clock ticks */
  readonly startTime?: number;
  /** inode of its pidfd, which is unique from Linux 6.9 on */
  readonly inode?: string;
}

/** A start that was announced in the record. */
interface Announcement extends Pick<UnsavedLaunch, 'job' | 'process' | 'at' | 'gated'> {
  readonly id: number;
  /** why it could not be written; undefined if it was */
  readonly problem: SystemError | undefined;
}

/** Its path, which changes if the run directory is recreated. */
interface RecordFile {
  readonly launches: string;
}

export class LaunchRecord {
  /** starts above all ids of earlier supervisors, whose entries may still be in the file */
  #id = Date.now();
  /** the last id when the file was cleared: starts up to it are not in the file any more */
  #clearedAt = this.#id;
  #isEmpty = false;
  #fd: number | undefined;
  /** the last line may be incomplete */
  #isTorn = false;

  private constructor(
    private readonly file: RecordFile,
    private readonly now: () => Nanoseconds,
    private readonly report: Report,
  ) {}

  /**
   * Returns the record. The file is opened at the first write, since the run directory may have become read-only.
   * @param now CLOCK_MONOTONIC
   */
  static open(file: RecordFile, now: () => Nanoseconds, report: Report): LaunchRecord {
    return new LaunchRecord(file, now, report);
  }

  /**
   * Returns the starts that a previous supervisor recorded, in order. If it was killed during a write(2), so few
   * bytes are written completely or not at all. A damaged line is reported and skipped.
   */
  read(): readonly UnsavedLaunch[] {
    const launches = new Map<number, UnsavedLaunch>();
    const lines = (readTextIfThere(this.file.launches, RECORD) ?? '').split('\n').slice(0, -1);
    for (const [index, line] of lines.entries()) {
      try {
        readLine(line, launches);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        this.report('error', `${this.file.launches}:${index + 1}: this start is ignored: ${error.message}`);
      }
    }
    return [...launches.values()];
  }

  /**
   * Records that a process is about to be started.
   * @param gated whether it will stop itself before its program starts
   */
  announce(job: JobRef, process: ProcessName, gated: boolean, at = this.now()): Announcement {
    this.#id += 1;
    const start = { id: this.#id, job, process, at, gated };
    return { ...start, problem: this.#append(firstLine(start)) };
  }

  /** Records which process was started. */
  recordStarted({ id, gated }: Announcement, pid: number, identity: ProcessIdentity | undefined): void {
    this.#append({ ...identity, id, pid, gated });
  }

  /** Records that a process is about to pass its gate: writes its lines again if the file was cleared meanwhile. */
  recordPassing(start: Announcement, pid: number, identity: ProcessIdentity | undefined): void {
    if (start.id > this.#clearedAt) return;
    this.#append(firstLine(start));
    this.recordStarted(start, pid, identity);
  }

  /** Clears the record: all starts are saved elsewhere by now. @throws the errors of open(2) and ftruncate(2) */
  clear(): void {
    if (this.#isEmpty) return;
    ftruncateSync(this.#open());
    this.#isEmpty = true;
    this.#clearedAt = this.#id;
    this.#isTorn = false;
  }

  /** Reopens the file by its path, since the open file may have lost its name. */
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
const announced = record({
  id: count,
  job: jobName,
  instance: instanceName,
  process: literal(...PROCESS_NAMES),
  at: number,
  // absent in records of old versions
  gated: field(boolean, { whenAbsent: () => false }),
});

/** The second line of a start. */
const started = record({
  id: count,
  pid,
  gated: boolean,
  startTime: optional(count),
  inode: optional(string),
});

function firstLine({
  id,
  job,
  process,
  at,
  gated,
}: Omit<Announcement, 'problem'>): Recorded<typeof announced> {
  return { id, job: job.name, instance: job.instance, process, at, gated };
}

/** @throws DecodeError */
function readLine(line: string, launches: Map<number, UnsavedLaunch>): void {
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
