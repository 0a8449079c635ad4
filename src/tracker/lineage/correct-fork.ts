/** A fork that a scan of /proc has found, and whose event comes after it: the event knows when it was, and by whom. */
import type { Nanoseconds } from '../events.js';
import type { Process } from '../model.js';

/**
 * Tests whether the event of a fork at this time is that of a known process. One that is dead by then may have been
 * taken for another job's: then it begins anew.
 */
export function isSameFork({ ended, launcher }: Process, creator: Process, time: Nanoseconds): boolean {
  return ended === undefined || (time <= ended.at && launcher === creator.launcher);
}

/**
 * Corrects what a scan of /proc has concluded about a fork, by its event. What was forked while the scan ran is dated when
 * the scan began: if its creator had exec'd in between, the child would not count as forked by that program, and a daemon would
 * never be found. The creator of an orphan is a guess.
 */
export function correctFork(process: Process, creator: Process, time: Nanoseconds): Process {
  const { born, image, creator: guess } = process;
  if (time > born) {
    Object.assign(process, { born: time });
    if (!image.isOwn) process.image = { ...image, since: Math.max(image.since, time) };
  }
  if (guess !== creator && guess !== undefined && canBeBelow(process, creator)) {
    guess.children.delete(process);
    creator.children.add(process);
    const known: Pick<Process, 'creator' | 'isDirectChild'> = { creator, isDirectChild: true };
    Object.assign(process, known);
    creator.forks += 1;
  } else if (guess === creator && born < creator.image.since && creator.image.since <= time) {
    // the exec began a new count
    creator.forks += 1;
  }
  return process;
}

/** Tests whether the creator is of the same run, and does not itself descend from the process. */
function canBeBelow(process: Process, creator: Process): boolean {
  let above: Process | undefined = creator;
  while (above !== undefined && above !== process) above = above.creator;
  return above === undefined && creator.launcher === process.launcher;
}
