/** The time that PID 1 takes to end when it has failed too often: the rest of one stop budget, whoever began it. */
import { test, type Test } from 'tap';
import type { Milliseconds } from '../../../src/supervisor/core/contract.js';
import { runDegraded } from '../../../src/supervisor/lifecycle/degraded.js';
import type { NamespaceInit } from '../../../src/supervisor/lifecycle/namespace-init.js';
import { SignalHandlers } from '../../../src/supervisor/lifecycle/signal-handlers.js';
import type { Handover, SavedShutdown } from '../../../src/supervisor/state/handover.js';
import { FakeKernel } from '../../helpers/fake-kernel/fake-kernel.js';

const log = Object.assign(() => undefined, { priority: 'error' as const, flush: () => undefined });

interface Run {
  readonly kernel: FakeKernel;
  readonly signals: SignalHandlers;
  /** what all other processes were given to end, when they were told to */
  readonly patience: Promise<Milliseconds>;
  readonly status: Promise<number>;
}

/** @param endOthers what becomes of the others; all end at once */
function run(t: Test, shutdown?: SavedShutdown, endOthers: () => void = () => undefined): Run {
  const before = new Set(process.listeners('uncaughtException'));
  t.teardown(() => {
    for (const listener of process.listeners('uncaughtException'))
      if (!before.has(listener)) process.off('uncaughtException', listener);
  });
  const kernel = new FakeKernel();
  const signals = new SignalHandlers();
  t.teardown(() => signals.stop());
  let ending: Promise<{ readonly status: number }>;
  const patience = new Promise<Milliseconds>((resolve) => {
    const namespaceInit = {
      endOthers: (howLong: () => Milliseconds) => {
        resolve(howLong());
        endOthers();
        return Promise.resolve([]);
      },
    } as unknown as NamespaceInit;
    const handover = { kind: 'degraded', failures: [], signals: [], shutdown } as unknown as Handover;
    const options = { stopBudget: 8, mode: 'container' } as const;
    ending = runDegraded({ kernel, log, signals, handover, namespaceInit, options, umask: 0o22 });
  });
  return { kernel, signals, patience, status: ending!.then(({ status }) => status) };
}

test('TERM begins a stop budget', async (t) => {
  const { kernel, signals, patience, status } = run(t);
  kernel.advance(100e9);
  signals.resume(['TERM']);
  signals.release();
  t.equal(await patience, 8000 * 0.6, 'before KILL');
  t.equal(await status, 70);
});

test('a shutdown that is on when foster fails has what is left of its budget, and no second one', async (t) => {
  const { patience, status } = run(t, { status: 0, machine: 'power-off', end: 1500 });
  t.equal(await patience, 1500 * 0.6);
  t.equal(await status, 70);
});

test('one whose time is over is over', async (t) => {
  const { patience, status } = run(t, { status: 0, machine: 'power-off', end: -5 });
  t.equal(await patience, 0);
  t.equal(await status, 70);
});

test('an error in this last step does not keep PID 1', async (t) => {
  const { status } = run(t, { status: 0, machine: 'power-off', end: 1500 }, () => {
    throw new Error('no memory');
  });
  t.equal(await status, 70);
});
