/**
 * Forks and execs whose events come after a scan of /proc has found what they have made: the event knows when it was, and by
 * whom.
 */
import type { Nanoseconds } from '../events.js';
import type { Image, Process } from '../model.js';
import { TICK } from '../scan/snapshot.js';

/**
 * Tests whether the event of a fork at this time is that of a known process. One that is dead by then may have been
 * taken for another job's: then it begins anew.
 */
export function isSameFork({ ended, launcher }: Process, creator: Process, time: Nanoseconds): boolean {
  return ended === undefined || (time <= ended.at && launcher === creator.launcher);
}

/**
 * Corrects what a scan of /proc has concluded about a fork, by its event. The scan dates it at the end of a tick: if its
 * creator has exec'd in that tick, the child would count as forked by the wrong program. The creator of an orphan is a guess.
 */
export function correctFork(process: Process, creator: Process, time: Nanoseconds): Process {
  const { born, creator: guess } = process;
  // foster itself has started it: this is the event of a former process with its pid
  if (guess === undefined) return process;
  const at = time > born - TICK ? time : born;
  const { since } = creator.image;
  setBirth(process, at);
  if (guess !== creator && canBeBelow(process, creator)) {
    guess.children.delete(process);
    creator.children.add(process);
    const known: Pick<Process, 'creator' | 'isDirectChild'> = { creator, isDirectChild: true };
    Object.assign(process, known);
    creator.forks += 1;
  } else if (guess === creator) {
    // the exec began a new count
    creator.forks += Number(at >= since) - Number(born >= since);
  }
  return process;
}

/**
 * Gives what a process has forked since an exec the program of that exec. The scan that found it may have come before the
 * event of the exec.
 * @param former what the process ran until then
 */
export function correctExec(process: Process, former: Image): void {
  const { image } = process;
  const queue = [...process.children].filter((child) => child.born >= image.since);
  process.forks = queue.length;
  for (let child = queue.pop(); child !== undefined; child = queue.pop()) {
    if (child.image.isOwn || child.image.execedAt !== former.execedAt) continue;
    child.image = { ...image, since: child.image.since, isOwn: false };
    queue.push(...child.children);
  }
}

function setBirth(process: Process, born: Nanoseconds): void {
  if (process.born === born) return;
  const { image } = process;
  Object.assign(process, { born });
  if (!image.isOwn) process.image = { ...image, since: born };
}

/** Tests whether the creator is of the same run, and does not itself descend from the process. */
function canBeBelow(process: Process, creator: Process): boolean {
  let above: Process | undefined = creator;
  while (above !== undefined && above !== process) above = above.creator;
  return above === undefined && creator.launcher === process.launcher;
}
