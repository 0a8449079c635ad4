import { setTimeout as pause } from 'node:timers/promises';

import { test } from 'tap';

import { DEFAULT_TIMING } from '../../src/tracker/follower/timing.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ haproxy: 'haproxy' });

const haproxy: Daemon = {
  name: 'haproxy',
  prepare: `
    cat >$D/haproxy.cfg <<END
defaults
 mode http
 timeout connect 1s
 timeout client 5s
 timeout server 5s
listen here
 bind 127.0.0.1:80
 monitor-uri /ok
END
  `,
  command: '/usr/sbin/haproxy -D -f $D/haproxy.cfg -p $D/pid',
  pidFile: '$D/pid',
  port: 80,
};

test('haproxy: followed, killed, stopped', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, haproxy);
  await supervised.survivesKill();
  await supervised.stops();
});

test('haproxy -sf by hand, outside of the job: whom the pid file names takes over', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, { ...haproxy, stanzas: 'pid file = $D/pid' });
  const old = await supervised.agreed();
  // foster itself counts how long main has been up
  await pause(DEFAULT_TIMING.settle / 1e6 + 200);
  await supervised.place.run(supervised.place.fill(`${haproxy.command} -sf $(cat $D/pid)`));
  const next = await supervised.agreed((pid) => pid !== old);
  await until('the end of the old one', () => !isAlive(old));
  const { out } = await supervised.supervisor.cli('status', 'haproxy');
  t.match(out, /attached by pid file/);
  const { out: log } = await supervised.supervisor.cli(
    'events',
    '--all-processes',
    '--since',
    '1h',
    '--no-follow',
  );
  t.notMatch(log, /is not believed/);
  t.equal((await supervised.status()).respawns, 0, 'nothing was started for that');
  t.equal(await supervised.agreed(), next);
  await supervised.survivesKill();
  await supervised.stops();
});
