/** Reads and sets the foreground process group of a terminal (tcsetpgrp(3), credentials(7)). */

import { lastError, lazily, libc } from '../libc.js';
import { readProcRecord } from '../proc/proc-file.js';

const calls = lazily(() => ({
  tcgetpgrp: libc().declare('int', 'tcgetpgrp', ['int']),
  tcsetpgrp: libc().declare('int', 'tcsetpgrp', ['int', 'int']),
}));

/** Returns field 5 of /proc/PID/stat; 0 if the group was made outside our pid namespace. */
function ownGroup(): number {
  const stat = readProcRecord('/proc/self/stat')?.toString('latin1') ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/**
 * Returns the terminal on which we are in the foreground: keyboard input and Ctrl-C are for us, or for the
 * process that we give it to.
 * @param candidates descriptors; the first that is such a terminal counts
 */
export function foregroundTerminal(candidates: readonly number[] = [0, 1, 2]): number | undefined {
  const { tcgetpgrp } = calls();
  // -1 with ENOTTY: no terminal, or not the one that controls our session
  return candidates.find((fd) => tcgetpgrp(fd) === ownGroup());
}

/**
 * Gives the terminal to a process group of our session.
 * @throws SystemError
 */
export function handTerminalTo(fd: number, group: number): void {
  if (calls().tcsetpgrp(fd, group) !== 0) {
    throw lastError('tcsetpgrp', `put process group ${group} into the foreground of descriptor ${fd}`);
  }
}
