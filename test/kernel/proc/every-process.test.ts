import t from 'tap';
import { everyPid, inSlices } from '../../../src/kernel/proc/every-process.js';

t.test('every process is listed, in ascending order', (t) => {
  const pids = [...everyPid()];
  t.ok(pids.includes(process.pid));
  t.ok(pids.includes(process.ppid));
  t.same(
    pids,
    [...pids].sort((one, other) => one - other),
  );
  t.end();
});

t.test('a listing that is left early is closed', (t) => {
  for (let times = 0; times < 3; times++) {
    for (const pid of everyPid()) {
      t.ok(pid > 0);
      break;
    }
  }
  t.end();
});

t.test('between slices other things happen, and it can be ended there', async (t) => {
  const seen: number[] = [];
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  t.teardown(() => clearInterval(timer));
  const busy = (item: number): void => {
    seen.push(item);
    const end = performance.now() + 1;
    while (performance.now() < end);
  };
  await inSlices(Array.from({ length: 30 }).keys(), busy, () => turns >= 3);
  t.ok(turns >= 3);
  t.ok(seen.length < 30, 'ended when it was told to');
  await inSlices(
    [1, 2],
    (item) => seen.push(item),
    () => false,
  );
  t.same(seen.slice(-2), [1, 2]);
});
