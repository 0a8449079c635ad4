import t from 'tap';
import { eventsOfExisting } from '../../../src/supervisor/record/existing.js';
import type { SeenProcess, Snapshot } from '../../../src/tracker/scan/snapshot.js';

function seen(pid: number, parent: number, more: Partial<SeenProcess> = {}): SeenProcess {
  const started = pid * 1e7;
  return {
    pid,
    parent,
    session: 10,
    comm: 'x',
    dead: false,
    startTime: pid,
    started,
    stackStart: undefined,
    status: undefined,
    ...more,
  };
}

t.test('a running process is told as the events that have led to its descendants, creators first', (t) => {
  const processes = [
    seen(12, 11),
    seen(11, 10, { session: 11 }),
    seen(10, 1),
    seen(13, 11, { dead: true }),
    seen(99, 1),
  ];
  const snapshot: Snapshot = {
    processes: new Map(processes.map((process) => [process.pid, process])),
    beganAt: 5e9,
    completeAt: 5e9,
    argv: (pid) => (pid === 12 ? undefined : [`program${pid}`]),
    executable: () => undefined,
    environment: () => undefined,
    mark: () => undefined,
  };
  t.strictSame(eventsOfExisting(10, snapshot), [
    { type: 'fork', time: 11e7, parent: 10, child: 11 },
    { type: 'sid', time: 5e9, pid: 11 },
    { type: 'exec', time: 11e7, pid: 11, argv: ['program11'] },
    { type: 'fork', time: 12e7, parent: 11, child: 12 },
    { type: 'exec', time: 12e7, pid: 12 },
  ]);
  t.end();
});
