import t from 'tap';
import type { ProcessStat } from '../../../src/kernel/kernel.js';
import { MachineFeed } from '../../../src/supervisor/feed/machine.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';
import { Lineage } from '../../../src/tracker/lineage/lineage.js';
import { until } from '../../helpers/until.js';

/** A machine on which 20 is 10's child until 10 ends. */
function machine() {
  const parents = new Map([
    [1, 0],
    [10, 1],
    [20, 10],
  ]);
  const told: ProcessEvent[] = [];
  const feed = new MachineFeed({
    proc: {
      eachPid: () => parents.keys(),
      stat: (pid) =>
        parents.has(pid) ? ({ pid, parent: parents.get(pid)!, startTime: pid } as ProcessStat) : undefined,
    },
    tracker: { self: 2, lineage: new Lineage(), jobOf: () => undefined },
    publish: (_, event) => told.push(event),
  });
  return { feed, told, parents };
}

const exit = (pid: number) => ({ type: 'exit', time: 1, pid, status: 0 }) as const;
const adoptions = (told: readonly ProcessEvent[]) => told.filter(({ type }) => type === 'adopted');

t.test(
  'an exit during the look at everybody is told at once, and its adoptions when that is over',
  async (t) => {
    const { feed, told, parents } = machine();
    feed.setActive(true);
    feed.receive([exit(10)]);
    t.same(
      told.map(({ type }) => type),
      ['exit'],
    );
    parents.set(20, 1);
    await until('the notice', () => adoptions(told).length === 1);
    t.match(adoptions(told), [{ pid: 20, formerParent: 10, newParent: 1 }]);
  },
);

t.test('what nobody listens to is forgotten', async (t) => {
  const { feed, told } = machine();
  feed.setActive(true);
  feed.setActive(false);
  feed.receive([exit(10)]);
  await new Promise(setImmediate);
  t.same(told, []);
});
