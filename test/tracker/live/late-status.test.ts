import { test } from 'tap';

import { Reaper } from '../../../src/supervisor/processes/reaper.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';
import { CAPABILITIES, type EventSource } from '../../../src/tracker/sources/source.js';
import type { TrackerOutput } from '../../../src/tracker/tracker.js';
import { Tracking } from '../../../src/tracker/tracking.js';
import { kernel, start } from '../../kernel/support.js';

/** Longer than a status is waited for. */
const KEPT_MS = 400;

/** Keeps the event loop, as the start of many programs on a busy machine does. */
function keepEventLoop(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

test('a status that came while the event loop was kept is not taken for one that never comes', async (t) => {
  let deliver: (events: readonly ProcessEvent[]) => void = () => undefined;
  const nothing = (): void => undefined;
  const source: EventSource = {
    name: 'perf',
    capabilities: CAPABILITIES.perf,
    start: (to) => (deliver = to),
    drain: nothing,
    follow: nothing,
    stop: nothing,
  };
  let ended: (output: TrackerOutput) => void = nothing;
  const verdict = new Promise<TrackerOutput>((resolve) => (ended = resolve));
  const tracking = new Tracking(kernel, source, (outputs) => {
    for (const output of outputs)
      if (output.kind === 'verdict' && output.verdict.verdict !== 'main') ended(output);
  });
  const { processes } = kernel;
  // another reads the source before it reaps, so that all children are collected
  const reaper = new Reaper({
    processes,
    beforeReap: nothing,
    onDeaths: (deaths) => tracking.ended(deaths),
    onStopped: nothing,
  });
  tracking.start({ reap: (pids) => reaper.reap(pids) });
  reaper.start();
  t.teardown(() => {
    reaper.close();
    tracking.stop();
  });

  const argv = ['/bin/sh', '-c', 'exit 3'];
  const { pid } = tracking.launch(
    'job\0',
    () => ({ pid: start(argv[0]!, argv) }),
    () => argv,
  );
  while (!processes.hasEnded(pid)) keepEventLoop(1);
  deliver([{ type: 'exit', time: kernel.now(), pid }]);
  keepEventLoop(KEPT_MS);
  t.match(await verdict, { verdict: { verdict: 'died', status: 3 << 8 } });
});
