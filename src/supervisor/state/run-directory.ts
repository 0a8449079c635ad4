import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { FileCalls } from '../../kernel/kernel.js';
import { readTextFile } from '../../kernel/read-file.js';

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
  #lock: number | undefined;

  private constructor(
    readonly path: string,
    private readonly files: Pick<FileCalls, 'lock'>,
    inherited: number | undefined,
  ) {
    this.output = join(path, 'output');
    this.jobs = join(path, 'jobs');
    this.launches = join(path, 'launches');
    this.#lock = inherited;
  }

  /**
   * Makes the directory where it is missing, and locks it.
   *
   * @throws RunDirectoryError when another supervisor has it, or when it belongs to another user
   * @throws the errors of node:fs when it cannot be made or written (a read-only root: foster then works without it)
   */
  static open(path: string, files: Pick<FileCalls, 'lock'>): RunDirectory {
    const directory = new RunDirectory(path, files, undefined);
    directory.mend();
    return directory;
  }

  /** That of the program before this one, as it is by now. @param lock its descriptor of the lock, kept over a re-exec */
  static resume(path: string, files: Pick<FileCalls, 'lock'>, lock: number): RunDirectory {
    return new RunDirectory(path, files, lock);
  }

  /** A re-exec keeps it open, and with it the lock. */
  get lockDescriptor(): number | undefined {
    return this.#lock;
  }

  /**
   * Makes what is missing of it: somebody may have removed it, or mounted something over it.
   * @returns whether anything was missing
   * @throws as `open`
   */
  mend(): boolean {
    const { path, output, jobs } = this;
    const made = mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
    checkOwner(path);
    const isLockNew = this.#mendLock();
    const parts = [output, jobs].map((part) => mkdirSync(part, { recursive: true, mode: PRIVATE_MODE }));
    return isLockNew || [made, ...parts].some((name) => name !== undefined);
  }

  /** Lets the next supervisor in. The directory stays: what outlives this supervisor writes into its FIFOs. */
  close(): void {
    if (this.#lock !== undefined) closeSync(this.#lock);
    this.#lock = undefined;
  }

  /** A lock on a file that has lost its name keeps nobody out. */
  #mendLock(): boolean {
    const file = join(this.path, 'lock');
    const before = this.#lock;
    if (before !== undefined && isSameFile(before, file)) return false;
    this.#lock = lock(this.path, file, this.files);
    if (before !== undefined) closeSync(before);
    return true;
  }
}

/** Whether the name stands for the open file. */
function isSameFile(fd: number, path: string): boolean {
  const named = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(fd, { bigint: true });
  return named?.ino === open.ino && named.dev === open.dev;
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

function lock(path: string, file: string, files: Pick<FileCalls, 'lock'>): number {
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, LOCK_MODE);
  try {
    if (!files.lock(fd)) {
      const holder = readTextFile(file, { limit: 64, links: 'refuse' }).trim();
      throw new RunDirectoryError(
        `Another foster (process ${holder || 'unknown'}) uses the run directory ${path}: stop it, or choose another one by --rundir.`,
      );
    }
    noteHolder(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** For people, and for messages: the lock itself needs no room on a full disk. */
function noteHolder(fd: number): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}
