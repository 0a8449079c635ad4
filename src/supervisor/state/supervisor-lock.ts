/**
 * The lock that keeps a second supervisor out of a run directory (flock(2)). The file contains the pid of the supervisor
 * that has it.
 */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { isCodedError } from '../../kernel/errno.js';
import { readTextFile } from '../../kernel/files/read-file.js';
import type { FileCalls, ProcReader } from '../../kernel/kernel.js';
import { blockFor } from '../../kernel/shortage.js';

const MODE = 0o600;

/**
 * How long a new supervisor waits for the lock of one that has ended. The child that a killed supervisor was just
 * starting has the lock open until its exec, and on a busy machine that comes late.
 */
const LONGEST_RELEASE_MS = 5000;
const RELEASE_CHECK_MS = 10;

/** What the lock needs of the kernel. */
export interface LockCalls {
  readonly files: Pick<FileCalls, 'lock'>;
  readonly proc: Pick<ProcReader, 'isAlive'>;
}

/** The lock's descriptor, or what the file says of the process that has the lock: '' if nothing yet. */
export type TakenLock = { readonly fd: number } | { readonly holder: string };

/**
 * Takes the lock, and writes the own pid into the file.
 * @param waits whether to wait if the supervisor that had the lock has ended. Nothing else runs meanwhile
 */
export function takeLock(file: string, kernel: LockCalls, waits: boolean): TakenLock {
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, MODE);
  try {
    const end = performance.now() + (waits ? LONGEST_RELEASE_MS : 0);
    while (!kernel.files.lock(fd)) {
      const holder = readTextFile(file, { limit: 64, links: 'refuse' }).trim();
      if (performance.now() >= end || mayLive(holder, kernel)) {
        closeSync(fd);
        return { holder };
      }
      blockFor(RELEASE_CHECK_MS);
    }
    writeHolder(fd);
    return { fd };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Tests whether the process that the lock file names may be alive; it may not have written its number yet. */
function mayLive(holder: string, { proc }: LockCalls): boolean {
  return !/^[1-9]\d*$/.test(holder) || proc.isAlive(Number(holder));
}

/**
 * Writes the pid into the lock file, for people and messages. The lock works without it, on a full disk for instance.
 */
function writeHolder(fd: number): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`, 0);
  } catch (error) {
    if (!isCodedError(error)) throw error;
  }
}
