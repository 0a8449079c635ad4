/** What a job writes into and foster reads from: a FIFO, a pipe or a terminal. */
import { chownSync, closeSync, constants, fstatSync, lstatSync, openSync, rmSync } from 'node:fs';
import { isatty } from 'node:tty';
import { nodeErrorCode, isCodedError } from '../../kernel/errno.js';
import type { FileCalls } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Identity } from '../launch/identity.js';

export interface Channel {
  /** the job's end, blocking; undefined once the job is gone */
  readonly job: number | undefined;
  /** the supervisor's end, non-blocking */
  readonly supervisor: number;
  /** it is a FIFO that can be opened again by its name, so that closing it here does not hurt its writers */
  readonly lasting: boolean;
  /** it is a terminal, which cannot tell how many bytes are unread */
  readonly isTerminal: boolean;
  /** Closes the job's end. When no process has it open any more, reading returns 'end'. */
  release(): void;
  /** Closes both ends. A FIFO stays for its writers and its next reader. */
  leave(): void;
  /** Closes both ends and removes the FIFO. */
  close(): void;
}

/** Only the job's own user may open it, by /dev/stdout. */
const FIFO_MODE = 0o600;

/**
 * Opens a FIFO in the run directory. The job's end is open for reading, too: so a job neither gets SIGPIPE nor loses
 * a line while no supervisor is running (fifo(7)).
 *
 * @param owner the job's user, so that a daemon that has dropped root can still open /dev/stderr
 * @throws SystemError or an error of node:fs if the run directory cannot be written
 */
export function openFifo(
  path: string,
  owner: Identity | undefined,
  files: Pick<FileCalls, 'makeFifo'>,
): Channel {
  if (!isFifo(path)) {
    rmSync(path, { force: true });
    files.makeFifo(path, FIFO_MODE);
  }
  if (owner !== undefined) giveTo(path, owner);
  const supervisor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const job = openSync(path, constants.O_RDWR);
    return new DescriptorChannel(supervisor, job, path);
  } catch (error) {
    closeSync(supervisor);
    throw error;
  }
}

/** Opens only the reading end of a FIFO that a previous supervisor left: a detached process may still write to it. */
export function readFifo(path: string): Channel {
  const supervisor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new DescriptorChannel(supervisor, undefined, path);
}

/**
 * Opens the reading end of a FIFO, without waiting for a writer. Links are refused: foster makes none in the run directory.
 * @returns undefined if there is none, or it cannot be opened: recovery opens it again, and reports what is wrong
 */
export function openIfFifo(path: string): number | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (fstatSync(fd).isFIFO()) return fd;
    closeSync(fd);
    return undefined;
  } catch (error) {
    if (nodeErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

/**
 * Makes a pipe, if the run directory cannot be written. A job that outlives foster then gets SIGPIPE at its next
 * line.
 */
export function openPipe(files: Pick<FileCalls, 'makePipe'>): Channel {
  const { read, write } = files.makePipe();
  return new DescriptorChannel(read, write);
}

/** Opens a pseudo terminal, for programs that buffer their output unless it goes to a terminal. */
export function openTerminal(files: Pick<FileCalls, 'openTerminal'>): Channel {
  const { controller, terminal } = files.openTerminal();
  return new DescriptorChannel(controller, terminal);
}

/** Returns the channel of a pipe or terminal that was kept open over a re-exec. */
export function savedChannel(supervisor: number, job: number): Channel {
  return new DescriptorChannel(supervisor, job);
}

type ReadResult = number | 'nothing' | 'end';

/**
 * Reads what is available.
 * @returns the number of bytes; 'nothing' if there is none now; 'end' if there is no writer any more
 */
export function readChannel(
  { supervisor }: Channel,
  buffer: Buffer,
  files: Pick<FileCalls, 'readNow'>,
): ReadResult {
  try {
    const count = files.readNow(supervisor, buffer);
    return count === undefined ? 'nothing' : count === 0 ? 'end' : count;
  } catch (error) {
    // a terminal whose other end is closed in all processes
    if (error instanceof SystemError && error.code === 'EIO') return 'end';
    throw error;
  }
}

class DescriptorChannel implements Channel {
  readonly isTerminal: boolean;

  constructor(
    readonly supervisor: number,
    public job: number | undefined,
    private readonly path?: string,
  ) {
    this.isTerminal = path === undefined && isatty(supervisor);
  }

  get lasting(): boolean {
    return this.path !== undefined && isSameFile(this.supervisor, this.path);
  }

  release(): void {
    if (this.job !== undefined) closeSync(this.job);
    this.job = undefined;
  }

  leave(): void {
    this.release();
    closeSync(this.supervisor);
  }

  close(): void {
    // the name may belong to the FIFO of a later run by now
    const removed = this.lasting ? this.path : undefined;
    this.leave();
    if (removed !== undefined) removeIfPossible(removed);
  }
}

/** Returns whether the path still names the open file: somebody may have removed it. */
function isSameFile(fd: number, path: string): boolean {
  const named = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(fd, { bigint: true });
  return named?.ino === open.ino && named.dev === open.dev;
}

/** Changes nothing if the owner is right: the file system may have become read-only since an earlier run. */
function giveTo(path: string, { uid, gid }: Identity): void {
  const stats = lstatSync(path);
  if (stats.uid !== uid || stats.gid !== gid) chownSync(path, uid, gid);
}

/** Errors do not matter: the job's next run uses the FIFO again. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (!isCodedError(error)) throw error;
  }
}

function isFifo(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
}
