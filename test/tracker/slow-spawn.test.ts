/** A supervisor that was stopped between what it noted and what it started, or that has to wait for a busy machine. */
import { test } from 'tap';
import { FakeKernel } from '../helpers/fake-kernel/fake-kernel.js';
import { CAPABILITIES, type EventSource } from '../../src/tracker/sources/source.js';
import { Tracking } from '../../src/tracker/tracking.js';

const JOB = 'job\0';

const silent = (name: 'connector' | 'perf'): EventSource => ({
  name,
  capabilities: CAPABILITIES[name],
  start: () => undefined,
  drain: () => undefined,
  follow: () => undefined,
  onSettled: () => undefined,
  stop: () => undefined,
});

test('a launcher that began seconds after its spawn was called is known as the process that it is', (t) => {
  for (const name of ['connector', 'perf'] as const) {
    const kernel = new FakeKernel(process.pid);
    const tracking = new Tracking(kernel, silent(name), () => undefined);
    tracking.start();
    const before = kernel.now();
    const { pid } = tracking.launch(
      JOB,
      () => {
        kernel.advance(5e9);
        return { pid: kernel.table.fork(kernel.ownPid) };
      },
      () => ['main'],
    );
    const launcher = tracking.tracker.lineage.get(pid)!;
    t.ok(tracking.handles.isAlive(launcher), 'no later process with its number');
    t.equal(launcher.born, before + 5e9);
    tracking.stop();
  }
  t.end();
});

test('one that took no time was born when its spawn was called: it may have forked by the time that it returned', (t) => {
  const kernel = new FakeKernel(process.pid);
  const tracking = new Tracking(kernel, silent('connector'), () => undefined);
  const before = kernel.now();
  const start = (): { pid: number } => {
    const pid = kernel.table.fork(kernel.ownPid);
    kernel.advance(3e6);
    return { pid };
  };
  const { pid } = tracking.launch(JOB, start, () => ['main']);
  t.equal(tracking.tracker.lineage.get(pid)?.born, before);
  tracking.stop();
  t.end();
});
