import { test } from 'tap';
import { PortWatch, type PortWatchSources } from '../../../src/supervisor/readiness/port-watch.js';

const NOBODY_LISTENS = new Map<number, readonly string[]>();

/** Sources that count readings of the tables, each of which takes so many milliseconds. */
function sources(options: {
  readonly cost?: number;
  readonly listening?: ReadonlyMap<number, readonly string[]>;
  readonly namespaces?: ReadonlyMap<number, string>;
}) {
  const made = { readings: [] as number[], time: 0 };
  const given: PortWatchSources = {
    namespaceOf: (pid) => options.namespaces?.get(pid) ?? 'net:1',
    listeningSockets: (pid) => {
      made.readings.push(pid);
      made.time += options.cost ?? 0;
      return options.listening ?? NOBODY_LISTENS;
    },
    hasSocket: (pid, inodes) => inodes.includes(`socket of ${pid}`),
    now: () => made.time,
  };
  return { made, given };
}

const awaited = (port: number, pids: readonly number[], onListen = (): void => undefined) => ({
  port,
  processes: () => pids,
  onListen,
});

test('one look of thirty waiting jobs reads the tables of their network namespace once', (t) => {
  const { made, given } = sources({});
  const watch = new PortWatch(given);
  for (let n = 0; n < 30; n++) watch.add(awaited(8000 + n, [100 + 2 * n, 101 + 2 * n]));
  watch.check();
  t.equal(made.readings.length, 1);
  t.end();
});

test('a network namespace of its own has its own tables', (t) => {
  const { made, given } = sources({ namespaces: new Map([[7, 'net:2']]) });
  const watch = new PortWatch(given);
  watch.add(awaited(80, [5, 6]));
  watch.add(awaited(80, [7]));
  watch.check();
  t.same(made.readings, [5, 7]);
  t.end();
});

test('a port counts for the job whose process listens, and is awaited no more', (t) => {
  const { given } = sources({ listening: new Map([[80, ['socket of 5']]]) });
  const watch = new PortWatch(given);
  const seen: string[] = [];
  watch.add(awaited(80, [5], () => seen.push('own')));
  watch.add(awaited(80, [6], () => seen.push('somebody else’s')));
  watch.check();
  watch.check();
  t.same(seen, ['own']);
  t.end();
});

test('looks take a tenth of the time at most, however many events come', (t) => {
  const { made, given } = sources({ cost: 20 });
  const watch = new PortWatch(given);
  const planned: number[] = [];
  const timers = t.capture(globalThis, 'setTimeout', (_: () => void, pause: number) => {
    planned.push(pause);
    return { unref: (): void => undefined };
  });
  watch.add(awaited(80, [5]));
  watch.check();
  watch.checkSoon();
  t.equal(made.readings.length, 1);
  t.equal(timers().length, 2);
  t.equal(planned[1], 180);
  t.end();
});
