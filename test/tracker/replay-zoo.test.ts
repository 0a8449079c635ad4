/** Recorded traces of some sixty real daemons, and of constructed ones: who is main, in every order of observation. */
import { join } from 'node:path';
import { test, type Test } from 'tap';
import type { TraceLine } from '../../src/tracker/trace/format.js';
import { replay } from '../../src/tracker/trace/replay.js';
import type { Verdict } from '../../src/tracker/verdict.js';
import { ORDERS } from './support/orders.js';
import { randomFrom, type Random } from './support/random.js';
import { hasZoo, loadRecordings, replayRecording, ZOO, type Recording } from './support/zoo.js';

const skip = hasZoo() ? false : `the recorded traces are not there (expected in ${ZOO})`;
const recordings: readonly Recording[] = hasZoo() ? loadRecordings(ZOO, join(ZOO, 'traces')) : [];

const CUTS_PER_TRACE = 5;

/**
 * Unless the supervisor knows that it was asked to stop, this one is a matter of the settle time alone: main exits with
 * status 0 a second after it took over, and the one process that it has forked lives.
 */
const MATTER_OF_SETTLE_TIME = 'avahi-daemon.stop.jsonl at after_stop';

for (const order of ORDERS) {
  test(`order of observation "${order}": main is the true one in every trace`, { skip }, (t) => {
    const misses = recordings.flatMap((recording) => replayRecording(recording, order, true).misses);
    t.same(misses, []);
    t.end();
  });

  test(`order of observation "${order}": and also when others send the signals`, { skip }, (t) => {
    const misses = recordings.flatMap((recording) => replayRecording(recording, order, false).misses);
    t.same(
      misses.filter((miss) => !miss.startsWith(MATTER_OF_SETTLE_TIME)),
      [],
    );
    t.end();
  });

  test(`order of observation "${order}": no verdict depends on later lines`, { skip }, (t) => {
    const random = randomFrom(1);
    for (const recording of recordings) {
      const { seen, verdicts } = replayRecording(recording, order, true);
      for (let cuts = 0; cuts < CUTS_PER_TRACE; cuts++) compareCut(t, recording.name, seen, verdicts, random);
    }
    t.end();
  });
}

test('there is something to check', { skip }, (t) => {
  t.ok(recordings.flatMap(({ checks }) => checks).length > 200);
  t.end();
});

/** What is said before the time of the first missing line must be what the whole trace says by then. */
function compareCut(
  t: Test,
  name: string,
  seen: readonly TraceLine[],
  whole: readonly Verdict[],
  random: Random,
): void {
  const length = random.integer(1, seen.length - 1);
  const limit = seen[length]!.r;
  const before = (verdicts: readonly Verdict[]): Verdict[] => verdicts.filter(({ time }) => time < limit);
  t.same(before(replay(seen.slice(0, length))), before(whole), `${name}: the first ${length} lines`);
}
