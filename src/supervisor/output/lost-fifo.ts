/**
 * Finds FIFOs of jobs that have lost their names: the run directory was removed, or something was mounted over it,
 * and then foster crashed. The job's processes still write to them, and would block for ever once they are full. They
 * can be opened through /proc/PID/fd.
 */
import { closeSync, constants, openSync, statSync } from 'node:fs';
import { nodeErrorCode } from '../../kernel/errno.js';
import { readProcLink } from '../../kernel/proc/proc-file.js';

/** What the kernel appends to the name of a removed file (proc(5)). */
const REMOVED = ' (deleted)';

/** foster's end, and that of the job. */
export interface FifoEnds {
  readonly supervisor: number;
  readonly end: number;
}

/**
 * Opens the FIFO that a process of the job has as standard output or error.
 * @param path the FIFO's original path
 * @param pids processes of the job
 * @returns undefined if none of them has it, or if the path still names it
 */
export function findLostFifo(path: string, pids: Iterable<number>): FifoEnds | undefined {
  for (const pid of pids) {
    for (const fd of [1, 2]) {
      try {
        const ends = openIfLost(path, `/proc/${pid}/fd/${fd}`);
        if (ends !== undefined) return ends;
      } catch (error) {
        // the process has ended or closed it, or we may not look
        if (nodeErrorCode(error) === undefined) throw error;
      }
    }
  }
  return undefined;
}

function openIfLost(path: string, link: string): FifoEnds | undefined {
  const name = readProcLink(link);
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
