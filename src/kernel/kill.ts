import { fromNodeError, nodeErrorCode } from './errno.js';

/**
 * kill(2). @param pid a process, or below -1 a process group
 * @param signal a number; 0 only asks whether it may be signalled
 * @returns false when there is no such process or group
 * @throws RangeError for 0 and -1, which would mean the supervisor's own group and every process of the machine
 */
export function kill(pid: number, signal: number): boolean {
  if (!Number.isSafeInteger(pid) || pid === 0 || pid === -1)
    throw new RangeError(`refused to signal pid ${pid}`);
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (nodeErrorCode(error) === 'ESRCH') return false;
    throw fromNodeError(
      error,
      `send signal ${signal} to ${pid < 0 ? `process group ${-pid}` : `process ${pid}`}`,
    );
  }
}
