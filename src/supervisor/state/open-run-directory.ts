/**
 * Opens the run directory, and detects whether a supervisor crashed: RUNDIR/begun exists while one runs, and
 * contains the boot identity of its start.
 */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Report } from '../log/log.js';
import { thisBoot } from './boot-identity.js';
import type { Handover } from './handover.js';
import { RunDirectory, RunDirectoryError } from './run-directory.js';
import type { LockCalls } from './supervisor-lock.js';
import type { UnsavedWork } from './unsaved-work.js';
import { writeNewFile } from '../../kernel/files/own-files.js';
import { messageOf } from '../../text/phrases.js';

const BEGUN = 'begun';

/**
 * Opens the run directory. If it cannot be written, foster works without one.
 * @param handover of the program before a re-exec, which holds the lock
 * @throws RunDirectoryError if another supervisor uses it, if another user controls it, or if jobs of a crashed supervisor may be
 *   running that only it knows
 */
export function openRunDirectory(
  path: string,
  kernel: LockCalls,
  report: Report,
  handover?: Pick<Handover, 'lock'>,
): RunDirectory | undefined {
  // accepted in any state: jobs write to its FIFOs, and it is repaired once they have been recovered
  if (handover?.lock !== undefined) return RunDirectory.resume(path, kernel, handover.lock);
  try {
    return RunDirectory.open(path, kernel);
  } catch (error) {
    if (error instanceof RunDirectoryError) throw error;
    const reason = messageOf(error);
    if (readMark(join(path, BEGUN), report) === markOf())
      throw new RunDirectoryError(
        `A foster has crashed here, and its jobs may be running, but its run directory ${path} cannot be used (${reason}): repair that, or choose another one with --rundir, which starts these jobs a second time.`,
      );
    report('warn', `The run directory cannot be used, jobs will not survive a crash of foster: ${reason}`);
    return undefined;
  }
}

/** The file that tells whether a supervisor that was started here has ended in an orderly way. */
export class CrashMark {
  readonly #mark = markOf();

  constructor(
    private readonly directory: Pick<RunDirectory, 'file'>,
    private readonly unsaved: UnsavedWork,
    private readonly report: Report,
  ) {}

  /** Returns whether a supervisor has crashed here since the boot. */
  exists(): boolean {
    return readMark(this.#file, this.report) === this.#mark;
  }

  write(): void {
    const file = this.#file;
    this.unsaved.attempt(BEGUN, () => {
      // atomically: with an incomplete mark, the next supervisor would not look for jobs
      writeNewFile(`${file}.new`, this.#mark);
      renameSync(`${file}.new`, file);
    });
  }

  remove(): void {
    this.unsaved.attempt(BEGUN, () => rmSync(this.#file, { force: true }));
  }

  get #file(): string {
    return this.directory.file(BEGUN);
  }
}

function markOf(): string {
  return JSON.stringify(thisBoot());
}

/** Returns undefined if there is no readable mark. */
function readMark(path: string, report: Report): string | undefined {
  try {
    return readTextIfThere(path, { limit: 4096, links: 'refuse' });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    report('error', `foster cannot find out whether it has crashed here: ${error.message}`);
    return undefined;
  }
}
