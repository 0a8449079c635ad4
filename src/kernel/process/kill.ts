import { fromNodeError, nodeErrorCode } from '../errno.js';
import { lazily, libc } from '../libc.js';

const calls = lazily(() => ({ getpgrp: libc().declare('int', 'getpgrp', []) }));

/**
 * Signals one process (kill(2)).
 * @param signal a number; 0 only tests whether it may be signalled
 * @returns false if there is no such process
 * @throws RangeError for a group, PID 1 and this process itself, none of which can be a process of a job
 */
export function kill(pid: number, signal: number): boolean {
  if (!isNumberOfOther(pid) || pid === process.pid) throw new RangeError(`refused to signal pid ${pid}`);
  return send(pid, signal, `process ${pid}`);
}

/**
 * Signals a process group (kill(2)).
 * @param group the number of the group, positive
 * @returns false if there is no such group
 * @throws RangeError for our own group, for PID 1's, and for 0 and 1, which mean our own group and every
 * process in kill(2)
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
