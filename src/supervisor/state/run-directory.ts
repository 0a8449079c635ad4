import { closeSync, constants, ftruncateSync, lstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile } from '../../kernel/read-file.js';
import type { FileCalls } from '../../kernel/kernel.js';

/** The control socket in it is for everybody (who may do what is decided by credentials), the rest is for its owner. */
const DIRECTORY_MODE = 0o755;
const PRIVATE_MODE = 0o700;
const LOCK_MODE = 0o600;

/** foster cannot work with this run directory; the message is one sentence for the administrator. */
export class RunDirectoryError extends Error {
  override readonly name = 'RunDirectoryError';
}

/**
 * The run directory: control socket, FIFOs, saved state, and a lock that keeps a second supervisor out.
 *
 *      RUNDIR/lock            the supervisor's pid, locked as long as it runs
 *      RUNDIR/output/*.out    a FIFO for each job
 *      RUNDIR/jobs/*.json     what is saved of each live job
 *      RUNDIR/launches        what is being started
 */
export class RunDirectory {
  readonly output: string;
  readonly jobs: string;
  readonly launches: string;

  private constructor(
    readonly path: string,
    /** a re-exec keeps it open, and with it the lock */
    readonly lockDescriptor: number,
  ) {
    this.output = join(path, 'output');
    this.jobs = join(path, 'jobs');
    this.launches = join(path, 'launches');
  }

  /**
   * Makes the directory where it is missing, and locks it.
   *
   * @param inherited the lock's descriptor, kept over a re-exec
   * @throws RunDirectoryError when another supervisor has it, or when it belongs to another user
   * @throws the errors of node:fs when it cannot be made or written (a read-only root: foster then works without it)
   */
  static open(path: string, files: Pick<FileCalls, 'lock'>, inherited?: number): RunDirectory {
    mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
    checkOwner(path);
    const directory = new RunDirectory(path, inherited ?? lock(path, files));
    for (const part of [directory.output, directory.jobs])
      mkdirSync(part, { recursive: true, mode: PRIVATE_MODE });
    return directory;
  }

  /** Lets the next supervisor in. The directory stays: what outlives this supervisor writes into its FIFOs. */
  close(): void {
    closeSync(this.lockDescriptor);
  }
}

/** In /tmp anybody may have made it first. */
function checkOwner(path: string): void {
  const stats = lstatSync(path);
  const own = process.geteuid?.() ?? 0;
  if (!stats.isDirectory() && !stats.isSymbolicLink())
    throw new RunDirectoryError(`${path} is not a directory.`);
  if (stats.uid !== own && stats.uid !== 0) {
    throw new RunDirectoryError(
      `The run directory ${path} belongs to uid ${stats.uid}, not to ${own}: choose another one by --rundir.`,
    );
  }
}

function lock(path: string, files: Pick<FileCalls, 'lock'>): number {
  const file = join(path, 'lock');
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, LOCK_MODE);
  try {
    if (!files.lock(fd)) {
      const holder = readTextFile(file, { limit: 64, links: 'refuse' }).trim();
      throw new RunDirectoryError(
        `Another foster (process ${holder || 'unknown'}) uses the run directory ${path}: stop it, or choose another one by --rundir.`,
      );
    }
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`, 0);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
