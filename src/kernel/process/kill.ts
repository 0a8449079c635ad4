import { fromNodeError, nodeErrorCode } from '../errno.js';
import { lazily, libc } from '../libc.js';

const calls = lazily(() => ({ getpgrp: libc().declare('int', 'getpgrp', []) }));

/**
 * kill(2) of one process.
 * @param signal a number; 0 only asks whether it may be signalled
 * @returns false when there is no such process
 * @throws RangeError for anything else than another process that may be a job's: a group, PID 1, this process itself
 */
export function kill(pid: number, signal: number): boolean {
  if (!isNumberOfOther(pid) || pid === process.pid) throw new RangeError(`refused to signal pid ${pid}`);
  return send(pid, signal, `process ${pid}`);
}

/**
 * kill(2) of a process group.
 * @param group the number of the group, positive
 * @returns false when there is no such group
 * @throws RangeError for our own group, for PID 1's, and for 0 and 1, which kill(2) takes for our own group and for every process
 */
export function killGroup(group: number, signal: number): boolean {
  if (!isNumberOfOther(group) || group === calls().getpgrp())
    throw new RangeError(`refused to signal process group ${group}`);
  return send(-group, signal, `process group ${group}`);
}

function isNumberOfOther(number: number): boolean {
  return Number.isSafeInteger(number) && number > 1;
}

function send(target: number, signal: number, whom: string): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    if (nodeErrorCode(error) === 'ESRCH') return false;
    throw fromNodeError(error, `send signal ${signal} to ${whom}`);
  }
}
