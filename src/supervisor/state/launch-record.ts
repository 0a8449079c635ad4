/**
 * What a supervisor was starting when it was killed. A job's state is saved after its process has been started; this says in
 * a few bytes what is about to be started, and what has been.
 *
 *      {"id":1,"job":"cron","instance":"","process":"main","at":81726350}   a process is about to be started
 *      {"id":1,"pid":4711,"gated":false}                                    it has been
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { readTextFile } from '../../kernel/read-file.js';
import { PROCESS_NAMES, type ProcessName } from '../../jobfile/job-class.js';
import type { Nanoseconds } from '../../tracker/events.js';
import type { JobRef } from '../core/contract.js';
import { ObjectReader } from '../core/snapshot/reader.js';
import type { Report } from '../output/report.js';

const FILE_MODE = 0o600;

/** Some thousand starts between two savings; nobody but foster makes links here. */
const RECORD = { limit: 64 * 1024 * 1024, links: 'refuse' } as const;

/** One start of which nothing is saved. */
export interface UnsavedLaunch {
  readonly job: JobRef;
  readonly process: ProcessName;
  /** CLOCK_MONOTONIC, just before the start */
  readonly at: Nanoseconds;
  /** undefined: the supervisor ended before it knew */
  readonly pid: number | undefined;
  /** it stopped itself before its program, and has not been let go on */
  readonly gated: boolean;
}

export class LaunchRecord {
  /** ids of former supervisors that crashed are far below: an entry of theirs may still be there */
  #id = Date.now();
  #isEmpty = false;
  #failed = false;

  private constructor(
    private readonly path: string,
    private readonly fd: number,
    private readonly now: () => Nanoseconds,
    private readonly report: Report,
  ) {}

  /**
   * @param now CLOCK_MONOTONIC
   * @throws the errors of open(2)
   */
  static open(path: string, now: () => Nanoseconds, report: Report): LaunchRecord {
    return new LaunchRecord(path, openSync(path, 'a+', FILE_MODE), now, report);
  }

  /**
   * What a former supervisor has left, in the order of the starts. A write(2) of so little is there or not when its writer
   * is killed.
   * @throws SavedStateError when it is not what a supervisor writes
   */
  read(): readonly UnsavedLaunch[] {
    const launches = new Map<number, UnsavedLaunch>();
    const lines = readTextFile(this.path, RECORD).split('\n').slice(0, -1);
    for (const [index, line] of lines.entries()) takeLine(line, `line ${index + 1}`, launches);
    return [...launches.values()];
  }

  /** A process is about to be started. */
  before({ name, instance }: JobRef, process: ProcessName): void {
    this.#id += 1;
    this.#append({ id: this.#id, job: name, instance, process, at: this.now() });
  }

  /** The process that was about to be started has this pid. */
  after(pid: number, gated: boolean): void {
    this.#append({ id: this.#id, pid, gated });
  }

  /** Everything that was started is saved elsewhere by now. */
  clear(): void {
    if (this.#isEmpty) return;
    ftruncateSync(this.fd);
    this.#isEmpty = true;
  }

  close(): void {
    this.clear();
    closeSync(this.fd);
  }

  #append(entry: object): void {
    this.#isEmpty = false;
    try {
      writeSync(this.fd, `${JSON.stringify(entry)}\n`);
      this.#failed = false;
    } catch (error) {
      // no space: the job is started all the same
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#failed) this.report('error', `unable to note in ${this.path} what is started: ${reason}`);
      this.#failed = true;
    }
  }
}

function takeLine(line: string, where: string, launches: Map<number, UnsavedLaunch>): void {
  const entry = ObjectReader.parse(line, where);
  const id = entry.number('id');
  const started = launches.get(id);
  if (started !== undefined) {
    launches.set(id, { ...started, pid: entry.pid('pid'), gated: entry.boolean('gated') });
    return;
  }
  const job = { name: entry.string('job'), instance: entry.string('instance') };
  const process = entry.oneOf('process', PROCESS_NAMES);
  launches.set(id, { job, process, at: entry.number('at'), pid: undefined, gated: false });
}
