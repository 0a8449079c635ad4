import { makeFifo } from './fifo.js';
import type { FileCalls } from './kernel.js';
import { lock } from './lock.js';
import { makeMemoryFile } from './memfd.js';
import { makePipe } from './pipe.js';
import { readNow, unreadBytes } from './read-now.js';
import { discard, splice, tee } from './splice.js';
import { openTerminal } from './terminal.js';
import { writeNow } from './write-now.js';

/** `FileCalls` by the C library. */
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
