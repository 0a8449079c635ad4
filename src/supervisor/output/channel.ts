/** What a job writes into and the supervisor reads from. */
import { chownSync, closeSync, constants, fstatSync, lstatSync, openSync, rmSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { FileCalls } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Identity } from '../launch/identity.js';

export interface Channel {
  /** the job's end, blocking; undefined once the job is gone */
  readonly job: number | undefined;
  /** the supervisor's end, non-blocking */
  readonly supervisor: number;
  /** it has a name by which it can be opened again, so that closing it here breaks nothing for those who write into it */
  readonly lasting: boolean;
  /** it is a terminal, which does not say how much waits to be read */
  readonly isTerminal: boolean;
  /** Gives the job's end up: once nobody else has it either, reading gives the end. */
  release(): void;
  /** Closes both ends; a FIFO stays for whoever has it open and whoever comes next. */
  leave(): void;
  /** Closes both ends and removes the FIFO. */
  close(): void;
}

/** Only the job's own user opens it anew, by /dev/stdout. */
const FIFO_MODE = 0o600;

/**
 * A FIFO in the run directory. It survives the supervisor: the job's end is opened for reading too, so that a job neither
 * gets SIGPIPE nor loses a line while there is no supervisor (fifo(7); DESIGN section 5).
 *
 * @param owner as whom the job runs: a daemon that has dropped root may still open /dev/stderr
 * @throws SystemError or the error of node:fs where the run directory cannot be written
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

/** The reading end alone, of a FIFO that a former supervisor left: a detached process may still write into it. */
export function readFifo(path: string): Channel {
  const supervisor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new DescriptorChannel(supervisor, undefined, path);
}

/** Where the run directory cannot be written. A job that outlives the supervisor gets SIGPIPE at its next line. */
export function openPipe(files: Pick<FileCalls, 'makePipe'>): Channel {
  const { read, write } = files.makePipe();
  return new DescriptorChannel(read, write);
}

/** For programs that keep back their output unless it goes to a terminal. */
export function openTerminal(files: Pick<FileCalls, 'openTerminal'>): Channel {
  const { controller, terminal } = files.openTerminal();
  return new DescriptorChannel(controller, terminal);
}

/** A pipe or terminal whose descriptors were kept open over a re-exec. */
export function savedChannel(supervisor: number, job: number): Channel {
  return new DescriptorChannel(supervisor, job);
}

export type ReadResult = number | 'nothing' | 'end';

/** Reads what is there. @returns the number of bytes; 'nothing' for now; 'end' when nobody can write any more */
export function readChannel(
  { supervisor }: Channel,
  buffer: Buffer,
  files: Pick<FileCalls, 'readNow'>,
): ReadResult {
  try {
    const count = files.readNow(supervisor, buffer);
    return count === undefined ? 'nothing' : count === 0 ? 'end' : count;
  } catch (error) {
    // a terminal whose other end has been closed everywhere
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
    // a later run of the job may have a FIFO of its own by the same name
    const removed = this.lasting ? this.path : undefined;
    this.leave();
    if (removed !== undefined) removeIfPossible(removed);
  }
}

/** Whether the name still stands for the open file: somebody may have removed it. */
function isSameFile(fd: number, path: string): boolean {
  const named = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(fd, { bigint: true });
  return named?.ino === open.ino && named.dev === open.dev;
}

/** On a file system that has become read-only, a FIFO of a former run has its owner already. */
function giveTo(path: string, { uid, gid }: Identity): void {
  const stats = lstatSync(path);
  if (stats.uid !== uid || stats.gid !== gid) chownSync(path, uid, gid);
}

/** A FIFO that cannot be removed is used again by the job's next run. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function isFifo(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
}
