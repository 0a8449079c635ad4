import { makeFifo, makePipe } from './pipe.js';
import type { FileCalls } from '../kernel.js';
import { makeMemoryFile } from './memfd.js';
import { readNow, unreadBytes } from './read-now.js';
import { discard, splice, tee } from './splice.js';
import { openTerminal } from './terminal.js';
import { writeNow } from './write-now.js';
import { EAGAIN } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';

/** Implements `FileCalls` with the C library. */
export class LinuxFiles implements FileCalls {
  readonly makeFifo = makeFifo;
  readonly makePipe = makePipe;
  readonly makeMemoryFile = makeMemoryFile;
  readonly openTerminal = openTerminal;
  readonly lock = lock;
  readonly readNow = readNow;
  readonly unreadBytes = unreadBytes;
  readonly writeNow = writeNow;
  readonly tee = tee;
  readonly splice = splice;
  readonly discard = discard;
}

const calls = lazily(() => ({
  flock: libc().declare('int', 'flock', ['int', 'int']),
}));

/** <sys/file.h> */
const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Locks with flock(2), exclusively, without waiting. The lock belongs to the open file: it ends when its last
 * descriptor is closed, also by a crash, and survives a re-exec that keeps the descriptor.
 * @returns false if another process holds it
 */
function lock(fd: number): boolean {
  if (calls().flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  const error = lastError('flock', `lock descriptor ${fd}`);
  // EWOULDBLOCK has the same number on Linux
  if (error.errno === EAGAIN) return false;
  throw error;
}
