/** What is counted of runs, and how it is told. */
import { test } from 'tap';
import { Histogram } from '../../src/supervisor/histogram.js';
import { measures } from '../../src/supervisor/measures.js';
import { exited, killedBy, World } from './core/support/world.js';

const NOTHING = new Histogram([]).view();
const CORE_DUMPED = 0x80;

test('each start and each end of a main counts for its class', (t) => {
  const world = new World({ web: 'respawn\nexec sleep 1000', worker: 'instance $N\nexec sleep 1000' });
  world.command('start web');
  world.ends('web', 'main', exited(3));
  world.ends('web', 'main', killedBy('SEGV') | CORE_DUMPED);
  world.ends('web', 'main', killedBy('SEGV'));
  world.command('stop web');
  world.command('start worker N=1');
  world.command('start worker N=2');
  const { runs } = measures(world.core.counts(), NOTHING);
  t.same(runs, [
    {
      job: 'web',
      starts: 4,
      exits: [
        { status: '3', count: 1 },
        { status: 'SEGV', count: 2 },
        { status: 'TERM', count: 1 },
      ],
    },
    { job: 'worker', starts: 2, exits: [] },
  ]);
  t.end();
});

test('a restart lasts from the end of main to the next start; a stop and a start by hand are none', (t) => {
  const world = new World({ web: 'respawn\nexec sleep 1000' });
  world.command('start web');
  world.ends('web', 'main', exited(3));
  world.command('restart web');
  world.command('stop web');
  world.command('start web');
  t.match(world.core.counts().restartTimes, { count: 1, sum: 0 });
  t.end();
});

test('a histogram counts a value in every bucket whose bound it does not exceed', (t) => {
  const histogram = new Histogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value);
  t.same(histogram.view(), {
    buckets: [
      { upTo: 0.1, count: 2 },
      { upTo: 1, count: 3 },
    ],
    sum: 7.65,
    count: 4,
  });
  t.end();
});
