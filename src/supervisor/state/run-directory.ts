import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { nodeErrorCode } from '../../kernel/errno.js';
import { findOwnerFault, findWriter, trustedGroups, type PathEntry } from '../../kernel/files/path-trust.js';
import type { Part } from '../engine/part.js';
import { takeLock, type LockCalls } from './supervisor-lock.js';
import { descriptorPath } from '../../kernel/proc/proc-file.js';

/**
 * Everybody may connect to the control socket in it, where credentials decide what they may do. The rest is for the
 * owner.
 */
const DIRECTORY_MODE = 0o755;
const PRIVATE_MODE = 0o700;

/** The run directory is unusable. The message is one sentence for the administrator. */
export class RunDirectoryError extends Error {
  override readonly name = 'RunDirectoryError';
}

/**
 * The run directory: control socket, FIFOs, saved state, and a lock that keeps a second supervisor out.
 *
 *      RUNDIR/lock            the supervisor's pid, locked while it runs
 *      RUNDIR/output/*.out    a FIFO for each job
 *      RUNDIR/jobs/*.json     the saved state of each live job
 *      RUNDIR/launches        what is being started
 *      RUNDIR/latches         events that half of an `and` waits with, and those not handled yet
 *      RUNDIR/startup-due     the startup event has not begun to start jobs
 *      RUNDIR/made/*.json     directories that `runtime dir` has made
 *      RUNDIR/mark-secret     the secret for the marks of processes
 */
export class RunDirectory implements Part {
  /** a real path, since jobs open the FIFOs by it */
  readonly output: string;
  #lock: number | undefined;
  /** descriptor of the checked directory: its path may name another one by now */
  #directory: number | undefined;

  private constructor(
    readonly path: string,
    private readonly kernel: LockCalls,
    inherited: number | undefined,
  ) {
    this.output = join(path, 'output');
    this.#lock = inherited;
  }

  /**
   * Creates the directory if it is missing, and locks it.
   * @throws RunDirectoryError if another supervisor uses it, or if another user could have put something there
   * @throws the errors of node:fs if it cannot be created or written (a read-only root: foster then works without it)
   */
  static open(path: string, kernel: LockCalls): RunDirectory {
    const directory = new RunDirectory(path, kernel, undefined);
    directory.repair();
    directory.#checkFiles();
    return directory;
  }

  /**
   * Takes over the directory after a re-exec, in whatever state it is.
   * @param lock descriptor of the lock, kept over the re-exec
   */
  static resume(path: string, kernel: LockCalls, lock: number): RunDirectory {
    const directory = new RunDirectory(path, kernel, lock);
    try {
      directory.#open();
    } catch (error) {
      // it was removed, or is writable by others by now; jobs are running, and `repair` reports it
      if (!(error instanceof RunDirectoryError) && nodeErrorCode(error) === undefined) throw error;
    }
    return directory;
  }

  get jobs(): string {
    return this.file('jobs');
  }

  get launches(): string {
    return this.file('launches');
  }

  /** Returns the directory of the records about directories that foster has made. */
  get made(): string {
    return this.file('made');
  }

  get markSecret(): string {
    return this.file('mark-secret');
  }

  /**
   * Returns the path of a file in the checked directory, which stays valid if the directory or one above it is
   * renamed.
   */
  file(name: string): string {
    return join(this.#directory === undefined ? this.path : descriptorPath(this.#directory), name);
  }

  /** Replaces /proc paths in a message by those that people know. */
  readable(text: string): string {
    return this.#directory === undefined
      ? text
      : text.replaceAll(this.file('.').replace(/\/\.$/, ''), this.path);
  }

  /** Returns the descriptor of the checked directory; undefined if it cannot be used. */
  get descriptor(): number | undefined {
    return this.#directory;
  }

  /** Returns the lock's descriptor, kept open over a re-exec, and with it the lock. */
  get lockDescriptor(): number | undefined {
    return this.#lock;
  }

  /**
   * Recreates what is missing: somebody may have removed it, or mounted something over it.
   * @returns whether anything was missing
   * @throws as `open`
   */
  repair(): boolean {
    const made = mkdirSync(this.path, { recursive: true, mode: DIRECTORY_MODE });
    this.#open();
    moveAside(this.file('lock'), (entry) => entry.isDirectory() || entry.isSymbolicLink());
    const isLockNew = this.#repairLock();
    const parts = ['output', 'jobs'].map((name) => {
      moveAside(this.file(name), (entry) => !entry.isDirectory());
      const part = mkdirSync(this.file(name), { recursive: true, mode: PRIVATE_MODE });
      check(join(this.path, name), lstatSync(this.file(name)));
      return part;
    });
    return isLockNew || [made, ...parts].some((name) => name !== undefined);
  }

  /** Opens and checks the directory that the path names now. */
  #open(): void {
    const { path } = this;
    // of the link itself: its owner decides where it leads
    checkOwner(path, lstatSync(path));
    const fd = openDirectory(path);
    try {
      check(path, fstatSync(fd));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    if (this.#directory !== undefined) closeSync(this.#directory);
    this.#directory = fd;
  }

  /**
   * Checks the owners of the files. If another user could put them there, foster would trust them, and start jobs by
   * them.
   */
  #checkFiles(): void {
    const saved = readdirSync(this.jobs).map((name) => join('jobs', name));
    for (const name of ['launches', 'latches', 'begun', 'startup-due', 'runlevel', 'mark-secret', ...saved]) {
      const stats = lstatSync(this.file(name), { throwIfNoEntry: false });
      if (stats !== undefined) checkOwner(join(this.path, name), stats);
    }
  }

  /** Releases the lock. The directory stays, since running processes write to its FIFOs. */
  close(): void {
    for (const fd of [this.#lock, this.#directory]) if (fd !== undefined) closeSync(fd);
    this.#lock = undefined;
    this.#directory = undefined;
  }

  /** Locks the file again if the locked one has lost its name: that lock would not keep another supervisor out. */
  #repairLock(): boolean {
    const file = this.file('lock');
    const before = this.#lock;
    if (before !== undefined && isSameFile(before, file)) return false;
    // only a start may wait
    const taken = takeLock(file, this.kernel, before === undefined);
    if ('holder' in taken)
      throw new RunDirectoryError(
        `Another foster (process ${taken.holder || 'unknown'}) uses the run directory ${this.path}: stop it, or choose another one with --rundir.`,
      );
    this.#lock = taken.fd;
    if (before !== undefined) closeSync(before);
    return true;
  }
}

/** The suffix of entries that are moved aside. */
const ASIDE = '.unusable';

/**
 * Renames an entry that is in the way. Otherwise one wrong entry would make the whole directory unusable, and foster
 * would start every job a second time.
 */
function moveAside(path: string, isInTheWay: (entry: Stats) => boolean): void {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined || !isInTheWay(entry)) return;
  rmSync(path + ASIDE, { recursive: true, force: true });
  renameSync(path, path + ASIDE);
}

/** Returns whether the path names the open file. */
function isSameFile(fd: number, path: string): boolean {
  const named = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(fd, { bigint: true });
  return named?.ino === open.ino && named.dev === open.dev;
}

function openDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOTDIR') throw error;
    throw new RunDirectoryError(`${path} is not a directory.`);
  }
}

/** Only the owner of an entry can remove or rename it. */
const STICKY = 0o1000;

type Entry = PathEntry & Pick<Stats, 'isDirectory'>;

/** Checks that foster's own user or root has made the entry, and that nobody else can write to it. */
function check(path: string, entry: Entry): void {
  if (!entry.isDirectory()) throw new RunDirectoryError(`${path} is not a directory.`);
  checkOwner(path, entry);
  const own = process.geteuid?.() ?? 0;
  const writer = findWriter(path, entry, { groups: trustedGroups(own) });
  // a sticky directory such as /tmp is accepted: nobody can replace what foster has made, and existing files are
  // checked
  if (writer === undefined || (entry.mode & STICKY) !== 0) return;
  throw new RunDirectoryError(
    `The run directory ${path} ${writer.reason}, who could have ${own === 0 ? 'root' : 'foster'} run any program: check its contents, then ${writer.remedy}; or choose another one with --rundir.`,
  );
}

/** Checks the owner: in /tmp, anybody could have created the entry first. */
function checkOwner(path: string, entry: PathEntry): void {
  const own = process.geteuid?.() ?? 0;
  if (findOwnerFault(path, entry, { users: [0, own] }) === undefined) return;
  throw new RunDirectoryError(
    `${path} belongs to uid ${entry.uid}, not to ${own}, who could have foster run any program: remove it, or choose another run directory with --rundir.`,
  );
}
