import { test } from 'tap';
import { FakeKernel } from '../../helpers/fake-kernel/fake-kernel.js';
import { Reaper } from '../../../src/supervisor/processes/reaper.js';
import { until } from '../../helpers/until.js';
import type { ReapedChild } from '../../../src/tracker/reaped-children.js';

function setUp(beforeReap?: (pid: number) => void) {
  const kernel = new FakeKernel();
  const told: (readonly ReapedChild[])[] = [];
  const reaper = new Reaper({
    processes: kernel.processes,
    beforeReap,
    onDeaths: (deaths) => told.push(deaths),
    onStopped: () => undefined,
  });
  const child = (status?: number): number => {
    const pid = kernel.table.fork(kernel.ownPid);
    if (status !== undefined) kernel.table.exit(pid, status);
    return pid;
  };
  return { kernel, reaper, told, child };
}

test('children that are known to have ended are reaped at once, and told together', (t) => {
  const { kernel, reaper, told, child } = setUp();
  const [one, two] = [child(0), child(9)];
  reaper.reap([one, two]);
  t.strictSame(told, [
    [
      { pid: one, status: 0 },
      { pid: two, status: 9 },
    ],
  ]);
  t.notOk(kernel.table.has(one));
  t.end();
});

test('one that is not a zombie yet, and those nobody named, are left to SIGCHLD', (t) => {
  const { kernel, reaper, told, child } = setUp();
  const [late, other] = [child(), child(0)];
  reaper.reap([late]);
  t.strictSame(told, []);
  kernel.table.exit(late, 256);
  reaper.collect();
  t.strictSame(told, [
    [
      { pid: late, status: 256 },
      { pid: other, status: 0 },
    ],
  ]);
  t.end();
});

test('who wants to look at zombies sees each before it is reaped', (t) => {
  const seen: [number, boolean][] = [];
  const { kernel, reaper, told, child } = setUp((pid) => seen.push([pid, kernel.table.has(pid)]));
  const pid = child(0);
  reaper.reap([pid]);
  t.strictSame(seen, [[pid, true]]);
  t.strictSame(told, [[{ pid, status: 0 }]]);
  t.notOk(kernel.table.has(pid));
  t.end();
});

test('where much follows from a death, fewer are taken in before the event loop gets its turn', async (t) => {
  const kernel = new FakeKernel();
  const portions: number[] = [];
  let now = 0;
  const reaper = new Reaper(
    {
      processes: kernel.processes,
      beforeReap: undefined,
      onDeaths: (deaths) => {
        portions.push(deaths.length);
        // each starts a program on a busy machine
        if (portions.length < 3) now += 10 * deaths.length;
      },
      onStopped: () => undefined,
    },
    () => now,
  );
  for (let left = 600; left > 0; left--) kernel.table.exit(kernel.table.fork(kernel.ownPid), 0);
  reaper.collect();
  await until('all', () => portions.reduce((sum, portion) => sum + portion, 0) === 600);
  t.strictSame(portions, [512, 5, 10, 20, 40, 13]);
});
