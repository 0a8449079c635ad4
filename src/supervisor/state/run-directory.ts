import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { nodeErrorCode } from '../../kernel/errno.js';
import type { FileCalls } from '../../kernel/kernel.js';
import { findOwnerFault, findWriter, trustedGroups, type PathEntry } from '../../kernel/files/path-trust.js';
import { readTextFile } from '../../kernel/files/read-file.js';
import type { Part } from '../engine/part.js';
import { descriptorPath } from '../../kernel/proc/descriptor-path.js';

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
 *      RUNDIR/made/*.json     directories that `runtime dir` has made
 *      RUNDIR/mark-secret     from which the marks of the jobs' processes follow
 */
export class RunDirectory implements Part {
  /** jobs open its FIFOs by their names, too */
  readonly output: string;
  #lock: number | undefined;
  /** the directory that was checked, whatever its name stands for by now */
  #directory: number | undefined;

  private constructor(
    readonly path: string,
    private readonly files: Pick<FileCalls, 'lock'>,
    inherited: number | undefined,
  ) {
    this.output = join(path, 'output');
    this.#lock = inherited;
  }

  /**
   * Makes the directory where it is missing, and locks it.
   *
   * @throws RunDirectoryError when another supervisor has it, or when another user could have put something there
   * @throws the errors of node:fs when it cannot be made or written (a read-only root: foster then works without it)
   */
  static open(path: string, files: Pick<FileCalls, 'lock'>): RunDirectory {
    const directory = new RunDirectory(path, files, undefined);
    directory.mend();
    directory.#checkFiles();
    return directory;
  }

  /** That of the program before this one, as it is by now. @param lock its descriptor of the lock, kept over a re-exec */
  static resume(path: string, files: Pick<FileCalls, 'lock'>, lock: number): RunDirectory {
    const directory = new RunDirectory(path, files, lock);
    try {
      directory.#open();
    } catch (error) {
      // removed, or open to others by now: jobs run on, and `mend` says so
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

  /** Where it is noted which directories foster has made. */
  get made(): string {
    return this.file('made');
  }

  get markSecret(): string {
    return this.file('mark-secret');
  }

  /** The path of a file in the directory that was checked: whoever renames that, or a directory above it, changes nothing. */
  file(name: string): string {
    return join(this.#directory === undefined ? this.path : descriptorPath(this.#directory), name);
  }

  /** A message with the paths that people know. */
  readable(text: string): string {
    return this.#directory === undefined
      ? text
      : text.replaceAll(this.file('.').replace(/\/\.$/, ''), this.path);
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
    const made = mkdirSync(this.path, { recursive: true, mode: DIRECTORY_MODE });
    this.#open();
    setAside(this.file('lock'), (entry) => entry.isDirectory() || entry.isSymbolicLink());
    const isLockNew = this.#mendLock();
    const parts = ['output', 'jobs'].map((name) => {
      setAside(this.file(name), (entry) => !entry.isDirectory());
      const part = mkdirSync(this.file(name), { recursive: true, mode: PRIVATE_MODE });
      check(join(this.path, name), lstatSync(this.file(name)));
      return part;
    });
    return isLockNew || [made, ...parts].some((name) => name !== undefined);
  }

  /** Opens and checks what its name stands for now. */
  #open(): void {
    const { path } = this;
    // of a link: who made it says where it leads
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

  /** What another user has put there while it was open to others would be believed, and jobs be started by it. */
  #checkFiles(): void {
    const saved = readdirSync(this.jobs).map((name) => join('jobs', name));
    for (const name of ['launches', 'begun', 'runlevel', 'mark-secret', ...saved]) {
      const stats = lstatSync(this.file(name), { throwIfNoEntry: false });
      if (stats !== undefined) checkOwner(join(this.path, name), stats);
    }
  }

  /** Lets the next supervisor in. The directory stays: what outlives this supervisor writes into its FIFOs. */
  close(): void {
    for (const fd of [this.#lock, this.#directory]) if (fd !== undefined) closeSync(fd);
    this.#lock = undefined;
    this.#directory = undefined;
  }

  /** A lock on a file that has lost its name keeps nobody out. */
  #mendLock(): boolean {
    const file = this.file('lock');
    const before = this.#lock;
    if (before !== undefined && isSameFile(before, file)) return false;
    this.#lock = lock(this.path, file, this.files);
    if (before !== undefined) closeSync(before);
    return true;
  }
}

/** What is set aside has this at the end of its name. */
const ASIDE = '.unusable';

/**
 * Gives another name to what is in the way of a part of the directory. One wrong entry must not keep foster from all that it has
 * saved there: it would start every job a second time.
 */
function setAside(path: string, isInTheWay: (entry: Stats) => boolean): void {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined || !isInTheWay(entry)) return;
  rmSync(path + ASIDE, { recursive: true, force: true });
  renameSync(path, path + ASIDE);
}

/** Whether the name stands for the open file. */
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

/** Only foster's own user, and root, may have made it, and nobody else may write to it. */
function check(path: string, entry: Entry): void {
  if (!entry.isDirectory()) throw new RunDirectoryError(`${path} is not a directory.`);
  checkOwner(path, entry);
  const own = process.geteuid?.() ?? 0;
  const writer = findWriter(path, entry, { groups: trustedGroups(own) });
  // as in /tmp, or on a tmpfs with its usual mode: nobody can replace what foster has made, and what was there is checked
  if (writer === undefined || (entry.mode & STICKY) !== 0) return;
  throw new RunDirectoryError(
    `The run directory ${path} ${writer.reason}, who could have ${own === 0 ? 'root' : 'foster'} run any program: look at what is in it, then ${writer.remedy}; or choose another one by --rundir.`,
  );
}

/** In /tmp anybody may have made it first. */
function checkOwner(path: string, entry: PathEntry): void {
  const own = process.geteuid?.() ?? 0;
  if (findOwnerFault(path, entry, { users: [0, own] }) === undefined) return;
  throw new RunDirectoryError(
    `${path} belongs to uid ${entry.uid}, not to ${own}, who could have foster run any program: remove it, or choose another run directory by --rundir.`,
  );
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
