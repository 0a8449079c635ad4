/**
 * FIFOs of jobs that have lost their names: the run directory was removed, or something was mounted over it, and foster crashed
 * after that. The processes of the job still write into them, and would wait for ever once they are full. /proc has names for
 * what a process has open.
 */
import { closeSync, constants, openSync, readlinkSync, statSync } from 'node:fs';
import { nodeErrorCode } from '../../kernel/errno.js';

/** What the kernel puts behind the name of a removed file (proc(5)). */
const REMOVED = ' (deleted)';

/** The supervisor's end, and that of the job. */
export interface FifoEnds {
  readonly supervisor: number;
  readonly end: number;
}

/**
 * Opens the FIFO that a process of the job has as its standard output or error.
 * @param path by which the FIFO was made
 * @param pids processes that are known to be the job's
 * @returns undefined where none of them has it, or where it still has its name
 */
export function findLostFifo(path: string, pids: Iterable<number>): FifoEnds | undefined {
  for (const pid of pids) {
    for (const fd of [1, 2]) {
      try {
        const ends = openIfLost(path, `/proc/${pid}/fd/${fd}`);
        if (ends !== undefined) return ends;
      } catch (error) {
        // it has ended, has closed it, or may not be looked at
        if (nodeErrorCode(error) === undefined) throw error;
      }
    }
  }
  return undefined;
}

function openIfLost(path: string, link: string): FifoEnds | undefined {
  const name = readlinkSync(link);
  if (name !== path && name !== `${path}${REMOVED}`) return undefined;
  const lost = statSync(link, { bigint: true });
  const named = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!lost.isFIFO() || (named?.ino === lost.ino && named.dev === lost.dev)) return undefined;
  const supervisor = openSync(link, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { supervisor, end: openSync(link, constants.O_RDWR) };
  } catch (error) {
    closeSync(supervisor);
    throw error;
  }
}
