import { test } from 'tap';
import { ProcFilesystem } from '../../../src/kernel/proc/procfs.js';
import { BlindSpots } from '../../../src/tracker/sources/blind-spots.js';
import { Tracker } from '../../../src/tracker/tracker.js';
import { kernel } from '../../kernel/support.js';

test('the queue of events is read before a look covers what it does not report: execs come before forks', async (t) => {
  const did: string[] = [];
  await new Promise<void>((looked) => {
    class Watched extends ProcFilesystem {
      override pids(): readonly number[] {
        did.push('look');
        looked();
        return [];
      }
    }
    const spots = new BlindSpots({ now: () => kernel.now(), proc: new Watched() }, () => did.push('read'));
    t.teardown(() => spots.stop());
    const tracker = new Tracker(process.pid, { isAlive: () => true, sessionOf: () => undefined });
    spots.start(() => undefined, tracker);
    spots.lost(process.pid);
  });
  t.same(did.slice(0, 2), ['read', 'look']);
});
