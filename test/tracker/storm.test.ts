/** Deaths that come in numbers: what is urgent is decided at once, the rest together. */
import { test } from 'tap';
import { FakeKernel } from '../helpers/fake-kernel/fake-kernel.js';
import type { ProcessEvent } from '../../src/tracker/events.js';
import { CAPABILITIES, type EventSource } from '../../src/tracker/sources/source.js';
import type { TrackerOutput } from '../../src/tracker/tracker.js';
import { Tracking } from '../../src/tracker/tracking.js';

const JOB = 'job\0';
const MANY = 100;

/** A supervisor with one job whose main has forked many children; the source delivers when it is drained. */
function setUp() {
  const kernel = new FakeKernel(process.pid);
  const queue: ProcessEvent[] = [];
  let drains = 0;
  let deliver: (events: readonly ProcessEvent[]) => void = () => undefined;
  const source: EventSource = {
    name: 'perf',
    capabilities: CAPABILITIES.perf,
    start: (to) => {
      deliver = to;
    },
    drain: () => {
      drains += 1;
      deliver(queue.splice(0));
    },
    follow: () => undefined,
    onSettled: () => undefined,
    stop: () => undefined,
  };
  const outputs: TrackerOutput[] = [];
  let exitsAwaited = 0;
  let allCame: (() => void) | undefined;
  const exitsOf = () => outputs.filter((output) => output.kind === 'event' && output.event.type === 'exit');
  const tracking = new Tracking(kernel, source, (more) => {
    outputs.push(...more);
    if (exitsOf().length >= exitsAwaited) allCame?.();
  });
  tracking.start();
  const main = kernel.table.fork(kernel.ownPid);
  tracking.launch(
    JOB,
    () => ({ pid: main }),
    () => ['main'],
  );
  const orphan = () => {
    const pid = kernel.table.fork(main);
    queue.push({ type: 'fork', time: kernel.now(), parent: main, child: pid });
    kernel.table.exit(pid, 0);
    return { pid, status: 256 };
  };
  return {
    kernel,
    tracking,
    outputs,
    main,
    orphan,
    drains: () => drains,
    exits: () => exitsOf().length,
    exited: (count: number) =>
      new Promise<void>((resolve) => {
        exitsAwaited = count;
        allCame = resolve;
      }),
  };
}

test('a death alone is dealt with at once', (t) => {
  const { tracking, orphan, drains, exits } = setUp();
  tracking.ended([orphan()], true);
  t.equal(drains(), 1);
  t.equal(exits(), 1);
  tracking.stop();
  t.end();
});

test('in a storm those that nobody waits for are dealt with together, each with its status', async (t) => {
  const { tracking, orphan, outputs, drains, exited } = setUp();
  const all = exited(MANY);
  for (let count = 0; count < MANY; count++) tracking.ended([orphan()], true);
  t.ok(drains() < MANY / 2, `${drains()} drains for ${MANY} deaths`);
  await all;
  const statuses = outputs.flatMap((output) =>
    output.kind === 'event' && output.event.type === 'exit' ? [output.event.status] : [],
  );
  t.strictSame(statuses, Array<number>(MANY).fill(256));
  tracking.stop();
});

test('the death of a main is decided at once in the thick of a storm, after those that waited', (t) => {
  const { kernel, tracking, main, orphan, outputs, exits } = setUp();
  for (let count = 0; count < MANY; count++) tracking.ended([orphan()], true);
  t.ok(exits() < MANY);
  kernel.table.exit(main, 9);
  tracking.ended([{ pid: main, status: 9 }], true);
  t.equal(exits(), MANY + 1);
  t.match(outputs.at(-1), { kind: 'verdict', verdict: { verdict: 'died', pid: main, status: 9 } });
  tracking.stop();
  t.end();
});

test('where somebody waits for each death, none waits for others', (t) => {
  const { tracking, orphan, exits } = setUp();
  for (let count = 0; count < MANY; count++) tracking.ended([orphan()]);
  t.equal(exits(), MANY);
  tracking.stop();
  t.end();
});

test('a death that waits is not that of a process launched since with its number', (t) => {
  const { kernel, tracking, orphan, outputs, exits } = setUp();
  for (let count = 0; count < MANY; count++) tracking.ended([orphan()], true);
  const last = orphan();
  tracking.ended([last], true);
  const before = exits();
  t.ok(before < MANY, 'it waits');
  kernel.advance(1);
  tracking.launch(
    'other\0',
    () => last,
    () => ['other'],
  );
  tracking.refresh();
  t.equal(exits(), MANY, 'all but the last are told of');
  t.notOk(outputs.some((output) => output.kind === 'verdict' && output.verdict.verdict === 'ended'));
  tracking.stop();
  t.end();
});

test('no look at /proc for each fork of a program that is known', (t) => {
  const { kernel, tracking, orphan } = setUp();
  const stat = kernel.proc.stat.bind(kernel.proc);
  let looks = 0;
  Object.assign(kernel.proc, {
    stat: (pid: number) => {
      looks += 1;
      return stat(pid);
    },
  });
  for (let count = 0; count < MANY; count++) orphan();
  tracking.refresh();
  t.equal(looks, 0);
  tracking.stop();
  t.end();
});
